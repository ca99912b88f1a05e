//! A line of a story, word by word, and what is said of a word that makes no sense there.

use std::ops::Range;

/// The words of a line. A comma is a word of its own.
#[derive(Clone, Debug)]
pub struct Words<'t> {
    words: Vec<(usize, &'t str)>,
    next: usize,
    end: usize,
}

/// A line that cannot be read: where, what was expected there, and what it could have been.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Misread {
    /// The octets of the line that make no sense.
    pub span: Range<usize>,
    /// The word that is there; none at the end of the line.
    pub found: Option<String>,
    /// What should be there.
    pub expected: &'static str,
    /// What it could be, where that can be listed.
    pub known: Vec<String>,
}

impl<'t> Words<'t> {
    /// The words of `text`.
    pub fn of(text: &'t str) -> Self {
        let mut words = Vec::new();
        for word in text.split_whitespace() {
            let at = word.as_ptr() as usize - text.as_ptr() as usize;
            match word.strip_suffix(',') {
                Some("") => words.push((at, word)),
                Some(bare) => words.extend([(at, bare), (at + bare.len(), &word[bare.len()..])]),
                None => words.push((at, word)),
            }
        }
        Self { words, next: 0, end: text.len() }
    }

    /// The next word, which stays.
    pub fn peek(&self) -> Option<&'t str> {
        self.words.get(self.next).map(|(_, word)| *word)
    }

    /// Takes the next word, if it is this one.
    pub fn accept(&mut self, word: &str) -> bool {
        let is_it = self.peek() == Some(word);
        self.next += usize::from(is_it);
        is_it
    }

    /// Takes the next words, if they are these.
    pub fn accept_all(&mut self, words: &[&str]) -> bool {
        let are_they = words
            .iter()
            .enumerate()
            .all(|(n, word)| self.words.get(self.next + n).is_some_and(|(_, found)| found == word));
        self.next += if are_they { words.len() } else { 0 };
        are_they
    }

    /// Takes the last two words, if they are `before` and one that `of` knows.
    pub fn take_last<T>(&mut self, before: &str, of: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let [.., (at, word), (_, name)] = self.words[self.next..] else { return None };
        let found = (word == before).then(|| of(name)).flatten()?;
        self.words.truncate(self.words.len() - 2);
        self.end = at;
        Some(found)
    }

    /// Takes the next word, which has to be this one.
    pub fn expect(&mut self, word: &'static str) -> Result<(), Misread> {
        if self.accept(word) { Ok(()) } else { Err(self.misread(word, &[word])) }
    }

    /// Takes the next word, whatever it is.
    pub fn take(&mut self, expected: &'static str) -> Result<&'t str, Misread> {
        let word = self.peek().ok_or_else(|| self.misread(expected, &[]))?;
        self.next += 1;
        Ok(word)
    }

    /// Takes the next word, which has to be one that `of` knows.
    pub fn take_as<T>(
        &mut self,
        expected: &'static str,
        known: &[&str],
        of: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, Misread> {
        let value = self.peek().and_then(of).ok_or_else(|| self.misread(expected, known))?;
        self.next += 1;
        Ok(value)
    }

    /// Takes a number.
    pub fn number<T: std::str::FromStr>(&mut self, expected: &'static str) -> Result<T, Misread> {
        self.take_as(expected, &[], |word| word.parse().ok())
    }

    /// The line ends here.
    pub fn finish(&self) -> Result<(), Misread> {
        if self.next == self.words.len() { Ok(()) } else { Err(self.misread("the end of the line", &[])) }
    }

    /// What is wrong with the next word.
    pub fn misread(&self, expected: &'static str, known: &[&str]) -> Misread {
        let known = known.iter().map(|word| (*word).to_owned()).collect();
        match self.words.get(self.next) {
            Some((at, word)) => {
                Misread { span: *at..at + word.len(), found: Some((*word).to_owned()), expected, known }
            }
            None => Misread { span: self.end..self.end, found: None, expected, known },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_are_words_and_places_are_kept() {
        let mut words = Words::of("  settle except a, b");
        assert!(words.accept_all(&["settle", "except"]) && words.accept("a"));
        assert_eq!(words.misread("x", &[]).span, 17..18);
        assert!(words.accept(","));
        assert_eq!(words.finish().unwrap_err().found.as_deref(), Some("b"));
        assert_eq!(words.take("x"), Ok("b"));
        assert_eq!((words.finish(), words.peek()), (Ok(()), None));
        let end = words.number::<u32>("a number").unwrap_err();
        assert_eq!((end.span, end.found, end.expected), (20..20, None, "a number"));
    }
}
