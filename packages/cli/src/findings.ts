import { SetupError } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { errorText } from '@gamekeeper/core/engine';
import { formatDuration } from './terminal/format.ts';

/** The result of one check. */
export interface Finding {
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence: the state, or the problem. */
  readonly text: string;
  /** The steps that fix the problem, in order. */
  readonly fix: readonly string[];
}

export function ok(subject: string, text: string): Finding {
  return { subject, status: 'ok', text, fix: [] };
}

export function warning(subject: string, text: string, fix: readonly string[] = []): Finding {
  return { subject, status: 'warning', text, fix };
}

export function error(subject: string, text: string, fix: readonly string[] = []): Finding {
  return { subject, status: 'error', text, fix };
}

/** Returns the modules wrapped so that each records a finding about its opening. */
export function tracedModules(modules: readonly HostModule[]): {
  readonly modules: readonly HostModule[];
  readonly opened: readonly Finding[];
} {
  const opened: Finding[] = [];
  const traced = modules.map((module) => {
    const { open } = module;
    if (!open) return module;
    return {
      ...module,
      open: async (context: Parameters<typeof open>[0]): Promise<void> => {
        const startedAt = performance.now();
        try {
          await open(context);
          opened.push(ok(module.name, `open after ${formatDuration(performance.now() - startedAt)}`));
        } catch (cause) {
          const fix = cause instanceof SetupError ? cause.fix : [];
          opened.push(error(module.name, errorText(cause), fix));
          throw cause;
        }
      },
    };
  });
  return { modules: traced, opened };
}
