import { PostgresDatabase } from '../../src/index.ts';

// Opens and closes the database that its argument describes, and writes down how that went.
const outcome = await openAndClose(
  JSON.parse(process.argv[2]!) as ConstructorParameters<typeof PostgresDatabase>[0],
);
process.stdout.write(JSON.stringify(outcome));

async function openAndClose(options: ConstructorParameters<typeof PostgresDatabase>[0]): Promise<unknown> {
  try {
    const database = new PostgresDatabase(options);
    await database.open();
    await database.close();
    return { ok: true };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { ok: false, code, message };
  }
}
