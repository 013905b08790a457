import { runCli } from '@gamekeeper/cli';

/** Runs command lines one after the other, as Node itself loads their configurations, and prints what each said. */
const lines = JSON.parse(process.argv[2]!) as { readonly argv: string[]; readonly cwd: string }[];
const said: object[] = [];
for (const { argv, cwd } of lines) {
  let [out, err] = ['', ''];
  const stdout = { write: (text: string) => (out += text) };
  const stderr = { write: (text: string) => (err += text) };
  const code = await runCli({ argv, cwd, stdout, stderr, env: { NO_COLOR: '1' } });
  said.push({ code, out, err });
}
process.stdout.write(JSON.stringify(said));
