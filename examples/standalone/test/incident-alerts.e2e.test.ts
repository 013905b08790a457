import { PostgresAlertLog, PostgresDatabase, PostgresRunLedger } from '@gamekeeper/adapters-postgres';
import type { AlertJson } from '@gamekeeper/alerts';
import type { Run } from '@gamekeeper/core';
import type { AlertRecord } from '@gamekeeper/core/ports';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HttpReceiver } from '../../../test/receivers/http-receiver.ts';
import { MailReceiver } from '../../../test/receivers/mail-receiver.ts';
import { describeWithPostgres } from '../../../test/server-suites.ts';
import type { Trouble } from './processes/paced-job.ts';
import type { TellingHostConfig } from './processes/telling-host.ts';
import { Program } from './program.ts';

const time = { timeout: 120_000 };
const secrets = /s3cret/;

describeWithPostgres('troubles of three hosts in processes of their own', (url) => {
  let database: PostgresDatabase;
  let http: HttpReceiver;
  let mail: MailReceiver;
  let folder: string;
  const programs: Program[] = [];

  beforeEach(async () => {
    database = new PostgresDatabase({ url, schema: `gamekeeper_told_test_${process.pid}`, poolSize: 2 });
    folder = await mkdtemp(join(tmpdir(), 'gamekeeper-told-'));
    http = await HttpReceiver.start();
    mail = await MailReceiver.start({ onAuth: (_, __, done) => done(null, { user: 'ops' }) });
    await database.open();
  });
  afterEach(async () => {
    for (const program of programs.splice(0)) program.kill();
    await database.dropSchema();
    await database.close();
    await Promise.all([http.close(), mail.close()]);
    await rm(folder, { recursive: true });
  });

  async function begin(role: TellingHostConfig['role'], trouble: Trouble = 'none'): Promise<Program> {
    const config: TellingHostConfig = {
      url,
      schema: database.schema,
      instanceId: `${role}-${programs.length}`,
      role,
      trouble,
      folder,
      webhookUrl: http.url('/s3cret-hook'),
      mailUrl: mail.url('ops:s3cret'),
    };
    const program = new Program('./processes/telling-host.ts', JSON.stringify(config));
    programs.push(program);
    await program.hasSaid('started');
    return program;
  }

  /** The runs that have succeeded, newest first. */
  async function successes(): Promise<readonly Run[]> {
    const runs = await new PostgresRunLedger(database).runs('paced', { limit: 1_000 });
    return runs.filter(({ status }) => status === 'succeeded');
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    while (!(await holds())) await pause(100);
  }

  /** The requests to the webhook, the mails, and the stored alerts. */
  async function told(): Promise<{
    readonly posted: readonly AlertJson[];
    readonly mailed: readonly (string | undefined)[];
    readonly stored: readonly AlertRecord[];
  }> {
    return {
      posted: http.received.items.map(({ body }) => JSON.parse(body) as AlertJson),
      mailed: mail.received.items.map(({ headers }) => headers['x-gamekeeper-alert']),
      stored: await new PostgresAlertLog(database).list({ limit: 100 }),
    };
  }

  /** That each of these alerts came once on each way, in this order, and that no host has said a secret. */
  async function expectTold(...kinds: readonly AlertJson['kind'][]): Promise<readonly AlertJson[]> {
    const { posted, mailed, stored } = await told();
    expect(posted.map(({ kind }) => kind)).toEqual(kinds);
    expect(mailed).toEqual(posted.map(({ key }) => key));
    expect(stored.map(({ status }) => status)).toEqual(kinds.flatMap(() => ['delivered', 'delivered']));
    for (const { output } of programs) expect(output).not.toMatch(secrets);
    return posted;
  }

  it('raise no alert if one is stopped (SIGSTOP) during a run: another takes over', time, async () => {
    const hosts = await Promise.all([begin('run', 'stop'), begin('run', 'stop'), begin('run', 'stop')]);
    const stopped = await Promise.any(hosts.map((host) => host.hasSaid('stopping').then(() => host)));
    await stopped.hasStopped();
    await until(async () => (await successes()).length >= 5);

    const takenOver = (await successes()).at(-1);
    expect(takenOver).toMatchObject({ fence: 2, processed: 1 });
    stopped.wake();
    await until(async () => (await successes()).length >= 7);
    expect(await Promise.all(hosts.map((host) => host.terminate()))).toEqual([0, 0, 0]);
    await expectTold();
  });

  it('raise one alert for a run that hangs, and one for its end', time, async () => {
    const hosts = await Promise.all([begin('run', 'hang'), begin('run', 'hang'), begin('run', 'hang')]);
    await Promise.all([http.received.first(1), mail.received.first(1)]);
    await writeFile(join(folder, 'release'), '');
    await Promise.all([http.received.first(2), mail.received.first(2)]);
    expect(await Promise.all(hosts.map((host) => host.terminate()))).toEqual([0, 0, 0]);

    const [trouble, end] = await expectTold('unhealthy', 'recovered');
    expect(trouble).toMatchObject({ job: 'paced', verdict: 'stuck', severity: 'critical' });
    expect(end).toMatchObject({ job: 'paced', verdict: 'healthy', severity: 'critical' });
  });

  it(
    'law 11: raise one alert through a watching host when all running hosts are gone, and one for the end',
    time,
    async () => {
      const watcher = await begin('watch');
      const [stopped, ...killed] = await Promise.all([begin('run'), begin('run'), begin('run')]);
      await until(async () => (await successes()).length >= 2);
      await stopped.stop();
      for (const host of killed) host.kill();
      await Promise.all([http.received.first(1), mail.received.first(1)]);
      stopped.wake();
      await Promise.all([http.received.first(2), mail.received.first(2)]);
      expect(await Promise.all([watcher, stopped].map((host) => host.terminate()))).toEqual([0, 0]);

      const [trouble] = await expectTold('unhealthy', 'recovered');
      expect(trouble).toMatchObject({ verdict: expect.stringMatching(/^(late|stuck)$/) as string });
    },
  );
});
