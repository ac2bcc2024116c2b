//! PostgreSQL as the seam sees it: a connection runs one closure at a time and keeps its statements prepared.

use std::collections::HashMap;

use postgres::IsolationLevel;
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use super::{DbError, Job, Row, Tx, Value};

/// Only the message is kept: PostgreSQL's details quote the row, and rows are personal.
impl From<postgres::Error> for DbError {
    fn from(error: postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            return if error.is_closed() { DbError::Stopped } else { DbError::Other(error.to_string()) };
        };
        let message = told.message().to_owned();
        use postgres::error::SqlState;
        match *told.code() {
            SqlState::UNIQUE_VIOLATION => DbError::Unique(message),
            SqlState::DISK_FULL => DbError::Full,
            _ => DbError::Other(message),
        }
    }
}

/// A connection that is opened again where the server closed it.
pub(super) struct PostgresConnection {
    config: postgres::Config,
    client: postgres::Client,
    statements: HashMap<String, postgres::Statement>,
    is_reader: bool,
}

impl PostgresConnection {
    pub fn open(config: postgres::Config, is_reader: bool) -> Result<Self, DbError> {
        let client = config.connect(postgres::NoTls)?;
        Ok(Self { config, client, statements: HashMap::new(), is_reader })
    }

    /// Runs a closure in a transaction of its own, and answers.
    pub fn run(&mut self, mut job: Box<dyn Job>) {
        let committed = self.transact(job.as_mut());
        job.finish(committed);
    }

    fn transact(&mut self, job: &mut dyn Job) -> Result<(), DbError> {
        if self.client.is_closed() {
            *self = Self::open(self.config.clone(), self.is_reader)?;
        }
        let builder = self.client.build_transaction().read_only(self.is_reader);
        let transaction = match self.is_reader {
            true => builder.isolation_level(IsolationLevel::RepeatableRead).start()?,
            false => builder.start()?,
        };
        let mut tx = PostgresTx { transaction, statements: &mut self.statements };
        if job.run(&mut tx) {
            tx.transaction.commit()?
        } else {
            tx.transaction.rollback()?
        }
        Ok(())
    }
}

struct PostgresTx<'c> {
    transaction: postgres::Transaction<'c>,
    statements: &'c mut HashMap<String, postgres::Statement>,
}

impl PostgresTx<'_> {
    fn prepare(&mut self, sql: &str) -> Result<postgres::Statement, DbError> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.transaction.prepare(&numbered(sql))?;
        self.statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

impl Tx for PostgresTx<'_> {
    fn execute(&mut self, sql: &str, params: &[Value]) -> Result<u64, DbError> {
        let statement = self.prepare(sql)?;
        Ok(self.transaction.execute(&statement, &borrowed(params))?)
    }

    fn query(&mut self, sql: &str, params: &[Value]) -> Result<Vec<Row>, DbError> {
        let statement = self.prepare(sql)?;
        let rows = self.transaction.query(&statement, &borrowed(params))?;
        rows.iter().map(postgres_row).collect()
    }

    fn script(&mut self, sql: &str) -> Result<(), DbError> {
        Ok(self.transaction.batch_execute(sql)?)
    }
}

fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|it| it as &(dyn ToSql + Sync)).collect()
}

fn postgres_row(row: &postgres::Row) -> Result<Row, DbError> {
    let cell = |(index, column): (usize, &postgres::Column)| {
        Ok(match *column.type_() {
            Type::BOOL => row.try_get::<_, Option<bool>>(index)?.map_or(Value::Null, Value::Bool),
            Type::INT8 => row.try_get::<_, Option<i64>>(index)?.map_or(Value::Null, Value::Int),
            Type::INT4 => row.try_get::<_, Option<i32>>(index)?.map_or(Value::Null, Value::from),
            _ => row.try_get::<_, Option<String>>(index)?.map_or(Value::Null, Value::Text),
        })
    };
    Ok(Row(row.columns().iter().enumerate().map(cell).collect::<Result<_, DbError>>()?))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Bool(is) => is.to_sql(ty, out),
            // PostgreSQL has no text with a NUL; nobody types one.
            Value::Text(text) if text.contains('\0') => text.replace('\0', "").to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Returns the statement with `$1` for `?1`, leaving quoted text alone.
fn numbered(sql: &str) -> String {
    let mut is_quoted = false;
    sql.chars()
        .map(|letter| {
            is_quoted ^= letter == '\'';
            if letter == '?' && !is_quoted { '$' } else { letter }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn numbers_placeholders_outside_quotes() {
        assert_eq!(numbered("SELECT '?1' WHERE a = ?1 AND b = ?12"), "SELECT '?1' WHERE a = $1 AND b = $12");
    }
}
