/** One kind of server that tests can use, and how to come by one. */
export interface ServerKind {
  readonly name: string;
  /** The environment variable that names a server to use. */
  readonly variable: string;
  /** What to install when there is none. */
  readonly install: string;
  /** Where a server usually listens. */
  readonly usualUrls: readonly string[];
  /** Really talks to a server. Throws when it cannot be used. */
  readonly probe: (url: string) => Promise<void>;
  /** Starts a server for these tests alone, or answers `null` when none is installed. */
  readonly start: () => Promise<RunningServer | null>;
}

export interface RunningServer {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

const SWITCH = 'GAMEKEEPER_TEST_SERVERS';

/**
 * The server that the environment names, else one in its usual place, else one that is started for these tests.
 *
 * Without any, tests that need it are skipped out loud; but where `CI` is set, a missing server is an error, because
 * nobody reads there what was skipped.
 */
export async function findServer(
  kind: ServerKind,
  environment: Environment,
  say: (line: string) => void,
): Promise<RunningServer | null> {
  const found = discoveryIsOff(environment)
    ? `${SWITCH}=none`
    : await search(kind, environment[kind.variable]);
  if (typeof found !== 'string') return found;
  const problem = `no ${kind.name} server (${found}). To run its tests set ${kind.variable} or install ${kind.install}`;
  if (/^(?:true|1)$/.test(environment['CI'] ?? '')) throw new Error(`There is ${problem}.`);
  say(`SKIPPED: ${problem}.`);
  return null;
}

function discoveryIsOff(environment: Environment): boolean {
  const mode = environment[SWITCH] ?? '';
  if (mode === '' || mode === 'none') return mode === 'none';
  throw new Error(
    `${SWITCH} is "${mode}"; leave it unset to look for servers, or set "none" to run without.`,
  );
}

/** A server, or why there is none. */
async function search(kind: ServerKind, chosenUrl: string | undefined): Promise<RunningServer | string> {
  if (chosenUrl) {
    // Whoever names a server wants that one; falling back to another would test the wrong thing in silence.
    await kind.probe(chosenUrl).catch((cause: unknown) => {
      throw new Error(`${kind.variable} names a ${kind.name} server that cannot be used: ${String(cause)}`, {
        cause,
      });
    });
    return running(chosenUrl);
  }
  for (const url of kind.usualUrls) {
    if (await answers(kind, url)) return running(url);
  }
  try {
    return (await kind.start()) ?? 'none is running and none is installed';
  } catch (error) {
    return `the one that is installed did not start: ${String(error)}`;
  }
}

function answers(kind: ServerKind, url: string): Promise<boolean> {
  return kind.probe(url).then(
    () => true,
    () => false,
  );
}

/** A server that somebody else started is left running. */
function running(url: string): RunningServer {
  return { url, stop: () => Promise.resolve() };
}
