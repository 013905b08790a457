import { SetupError } from '@gamekeeper/core';
import { type HostModule } from '@gamekeeper/core/ports';
import { errorText } from '@gamekeeper/core/engine';
import { formatDuration } from './terminal/format.ts';

/** One thing that was looked at. */
export interface Finding {
  readonly subject: string;
  readonly status: 'ok' | 'warning' | 'error';
  /** One sentence: what is there, or what is wrong. */
  readonly text: string;
  /** What to do, in this order, to put it right. */
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

/** Modules that write down how their opening went, each as a finding. */
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
