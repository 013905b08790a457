import type { PostgresDatabase } from '@gamekeeper/adapters-postgres';

/**
 * Counts what is sent to the database from now on, `begin` and `commit` included: every statement goes through the
 * connections that the driver hands out, whatever is above it.
 */
export function countStatements(database: PostgresDatabase): { readonly sent: number } {
  const counter = { sent: 0 };
  const executor = database.orm.driver.getConnection().getClient().getExecutor();
  const provide = executor.provideConnection.bind(executor);
  const counted = new WeakSet<object>();
  executor.provideConnection = (consumer) =>
    provide((connection) => {
      if (!counted.has(connection)) {
        counted.add(connection);
        const execute = connection.executeQuery.bind(connection);
        connection.executeQuery = (...query) => {
          counter.sent += 1;
          return execute(...query);
        };
      }
      return consumer(connection);
    });
  return counter;
}
