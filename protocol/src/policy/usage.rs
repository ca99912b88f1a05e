//! What users do with messages, assets and calls, by kind, and which capability each kind takes (room-policy §8.3 to §8.5).

use super::Capability::{self, *};
use super::Denied;
use super::authorise::participant_can;
use crate::ids::UserId;
use crate::room::Standing;
use serde::{Deserialize, Serialize};

/// Whose message, reaction or topic.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Whose {
    /// The acting user's.
    Own,
    /// Somebody else's.
    Other,
}

/// The kinds of asset that have capabilities of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum AssetKind {
    /// Media type image, disposition render.
    Image,
    /// Media type audio, disposition render.
    Audio,
    /// Media type video, disposition render.
    Video,
    /// Disposition attachment.
    Attachment,
}

/// Something that a user does in a room without changing who takes part in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Usage {
    /// Sends a message that is nothing more.
    Send,
    /// Sends a reply.
    Reply,
    /// Sends a reaction.
    React,
    /// Replaces its own reaction.
    EditReaction,
    /// Takes a reaction back.
    DeleteReaction(Whose),
    /// Replaces its own message.
    EditMessage,
    /// Takes a message back.
    DeleteMessage(Whose),
    /// Gives a message a topic.
    StartTopic,
    /// Replies within a topic.
    ReplyInTopic,
    /// Changes the topic of a message.
    EditTopic(Whose),
    /// Sends a link.
    SendLink,
    /// Sends a link with a preview.
    SendLinkPreview,
    /// Sends an asset.
    Upload(AssetKind),
    /// Is given the messages of others.
    Receive,
    /// Copies from a message.
    Copy,
    /// Reports a message.
    ReportAbuse,
    /// Opens a link.
    FollowLink,
    /// Copies a link.
    CopyLink,
    /// Fetches an asset.
    Download(AssetKind),
    /// Begins a call.
    StartCall,
    /// Joins a call.
    JoinCall,
    /// Speaks in a call.
    SendAudio,
    /// Hears a call.
    ReceiveAudio,
    /// Shows itself in a call.
    SendVideo,
    /// Sees a call.
    ReceiveVideo,
    /// Shows its screen.
    ShareScreen,
    /// Sees another's screen.
    ViewSharedScreen,
}

/// Who can see to it that a capability counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum Enforcer {
    /// The hub, and the clients that get it.
    Hub,
    /// The clients that get it: nobody else can read what it is.
    Receivers,
    /// The user's own client alone.
    OwnClient,
}

impl Usage {
    /// Every kind.
    pub const ALL: [Usage; 36] = {
        use AssetKind::{Attachment, Audio, Image, Video};
        use Whose::{Other, Own};
        [
            Usage::Send,
            Usage::Reply,
            Usage::React,
            Usage::EditReaction,
            Usage::DeleteReaction(Own),
            Usage::DeleteReaction(Other),
            Usage::EditMessage,
            Usage::DeleteMessage(Own),
            Usage::DeleteMessage(Other),
            Usage::StartTopic,
            Usage::ReplyInTopic,
            Usage::EditTopic(Own),
            Usage::EditTopic(Other),
            Usage::SendLink,
            Usage::SendLinkPreview,
            Usage::Upload(Image),
            Usage::Upload(Audio),
            Usage::Upload(Video),
            Usage::Upload(Attachment),
            Usage::Receive,
            Usage::Copy,
            Usage::ReportAbuse,
            Usage::FollowLink,
            Usage::CopyLink,
            Usage::Download(Image),
            Usage::Download(Audio),
            Usage::Download(Video),
            Usage::Download(Attachment),
            Usage::StartCall,
            Usage::JoinCall,
            Usage::SendAudio,
            Usage::ReceiveAudio,
            Usage::SendVideo,
            Usage::ReceiveVideo,
            Usage::ShareScreen,
            Usage::ViewSharedScreen,
        ]
    };

    /// The capability that the kind takes (POL-40, POL-41, POL-42).
    ///
    /// One each: that a reaction or a reply takes canSendMessage besides is not said, and a guest of room-policy A.3 may
    /// react and not send.
    pub fn capability(self) -> Capability {
        match self {
            Usage::Send => SendMessage,
            Usage::Reply => ReplyToMessage,
            Usage::React => ReactToMessage,
            Usage::EditReaction => EditReaction,
            Usage::DeleteReaction(Whose::Own) => DeleteOwnReaction,
            Usage::DeleteReaction(Whose::Other) => DeleteOtherReaction,
            Usage::EditMessage => EditOwnMessage,
            Usage::DeleteMessage(Whose::Own) => DeleteOwnMessage,
            Usage::DeleteMessage(Whose::Other) => DeleteOtherMessage,
            Usage::StartTopic => StartTopic,
            Usage::ReplyInTopic => ReplyInTopic,
            Usage::EditTopic(Whose::Own) => EditOwnTopic,
            Usage::EditTopic(Whose::Other) => EditOtherTopic,
            Usage::SendLink => SendLink,
            Usage::SendLinkPreview => SendLinkPreview,
            Usage::Upload(AssetKind::Image) => UploadImage,
            Usage::Upload(AssetKind::Audio) => UploadAudio,
            Usage::Upload(AssetKind::Video) => UploadVideo,
            Usage::Upload(AssetKind::Attachment) => UploadAttachment,
            Usage::Receive => ReceiveMessage,
            Usage::Copy => CopyMessage,
            Usage::ReportAbuse => ReportAbuse,
            Usage::FollowLink => FollowLink,
            Usage::CopyLink => CopyLink,
            Usage::Download(AssetKind::Image) => DownloadImage,
            Usage::Download(AssetKind::Audio) => DownloadAudio,
            Usage::Download(AssetKind::Video) => DownloadVideo,
            Usage::Download(AssetKind::Attachment) => DownloadAttachment,
            Usage::StartCall => StartCall,
            Usage::JoinCall => JoinCall,
            Usage::SendAudio => SendAudio,
            Usage::ReceiveAudio => ReceiveAudio,
            Usage::SendVideo => SendVideo,
            Usage::ReceiveVideo => ReceiveVideo,
            Usage::ShareScreen => ShareScreen,
            Usage::ViewSharedScreen => ViewSharedScreen,
        }
    }

    /// Who can enforce it (room-policy §8.3): the hub, sending as such and who gets what; receivers, what kind of message it
    /// is; and of what leaves no trace with others, only the client where it is done.
    pub fn enforcer(self) -> Enforcer {
        match self {
            Usage::Send | Usage::Receive | Usage::ReportAbuse => Enforcer::Hub,
            Usage::Copy
            | Usage::FollowLink
            | Usage::CopyLink
            | Usage::Download(_)
            | Usage::ReceiveAudio
            | Usage::ReceiveVideo
            | Usage::ViewSharedScreen => Enforcer::OwnClient,
            _ => Enforcer::Receivers,
        }
    }
}

/// Whether the user may do it in a room that stands so.
pub fn may_use(standing: &Standing, user: UserId, usage: Usage) -> Result<(), Denied> {
    let capability = usage.capability();
    if !standing.may_take_part(user) {
        Err(Denied::NotParticipant)
    } else if participant_can(standing, user, capability) {
        Ok(())
    } else {
        Err(Denied::Lacks(capability))
    }
}
