//! A table as a Parquet file: columns of texts and numbers, either of which may be missing in a row.

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use std::sync::Arc;

/// The content of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Column {
    Text(Vec<Option<String>>),
    Number(Vec<Option<i64>>),
}

/// Columns of the same length, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    columns: Vec<(String, Column)>,
}

impl Table {
    /// Adds a column of texts.
    pub fn text<T: Into<String>>(&mut self, name: &str, values: impl Iterator<Item = Option<T>>) {
        let values = values.map(|value| value.map(Into::into)).collect();
        self.columns.push((name.to_owned(), Column::Text(values)));
    }

    /// Adds a column of numbers. Parquet's common denominator is signed; a count or a duration that is larger is missing.
    pub fn number(&mut self, name: &str, values: impl Iterator<Item = Option<u64>>) {
        let values = values.map(|value| value.and_then(|value| i64::try_from(value).ok())).collect();
        self.columns.push((name.to_owned(), Column::Number(values)));
    }

    /// The file; the same table gives the same octets.
    pub fn file(&self) -> Result<Vec<u8>, ParquetError> {
        let mut octets = Vec::new();
        let properties = Arc::new(WriterProperties::builder().build());
        let mut file = SerializedFileWriter::new(&mut octets, self.schema()?, properties)?;
        let mut rows = file.next_row_group()?;
        for (_, column) in &self.columns {
            if let Some(writer) = rows.next_column()? {
                column.write(writer)?;
            }
        }
        rows.close()?;
        file.close()?;
        Ok(octets)
    }

    fn schema(&self) -> Result<TypePtr, ParquetError> {
        let field = |(name, column): &(String, Column)| {
            let field = match column {
                Column::Text(_) => Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
                    .with_logical_type(Some(LogicalType::String)),
                Column::Number(_) => Type::primitive_type_builder(name, Physical::INT64),
            };
            field.with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
        };
        let fields = self.columns.iter().map(field).collect::<Result<_, _>>()?;
        Ok(Arc::new(Type::group_type_builder("row").with_fields(fields).build()?))
    }
}

impl Column {
    fn write(&self, mut writer: SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Column::Text(values) => {
                let there: Vec<ByteArray> = values.iter().flatten().map(|v| v.as_str().into()).collect();
                writer.typed::<ByteArrayType>().write_batch(&there, Some(&levels(values)), None)?;
            }
            Column::Number(values) => {
                let there: Vec<i64> = values.iter().flatten().copied().collect();
                writer.typed::<Int64Type>().write_batch(&there, Some(&levels(values)), None)?;
            }
        }
        writer.close()
    }
}

/// 1 where there is a value.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|value| i16::from(value.is_some())).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};

    /// The rows as texts.
    pub(crate) fn rows(octets: Vec<u8>) -> Vec<String> {
        let file = SerializedFileReader::new(bytes::Bytes::from(octets)).unwrap();
        file.get_row_iter(None).unwrap().map(|row| row.unwrap().to_string()).collect()
    }

    #[test]
    fn what_was_written_can_be_read() {
        let mut table = Table::default();
        table.text("verdict", [Some("held"), None, Some("")].into_iter());
        table.number("seed", [Some(7), Some(u64::MAX), None].into_iter());
        let octets = table.file().unwrap();
        assert_eq!(octets, table.file().unwrap());
        let expected =
            ["{verdict: \"held\", seed: 7}", "{verdict: null, seed: null}", "{verdict: \"\", seed: null}"];
        assert_eq!(rows(octets), expected);
    }

    #[test]
    fn a_table_without_rows_is_a_file_too() {
        let mut table = Table::default();
        table.text("verdict", std::iter::empty::<Option<&str>>());
        assert!(rows(table.file().unwrap()).is_empty());
    }
}
