import { iso, type Claim, type RunObserver } from '@gamekeeper/core';
import { errorText, failureText, redactSecrets } from '@gamekeeper/core/engine';
import {
  SpanStatusCode,
  context,
  trace,
  type Attributes,
  type Exception,
  type Span,
  type Tracer,
} from '@opentelemetry/api';
import { errorType } from './errors.ts';

/** Makes a span of every run, and inside it one of every batch. */
export function runSpans(tracer: Tracer): RunObserver {
  const runs = new WeakMap<Claim, Span>();
  return {
    aroundRun: (claim, run) => {
      const attributes = attributesOf(claim);
      const span = tracer.startSpan(`run ${claim.job}`, { attributes, root: !isInsideActiveSpan() });
      runs.set(claim, span);
      return inSpan(span, run, ({ end, processed, failedItems, batches, error }) => {
        span.setAttributes({
          'gamekeeper.run.end': end,
          'gamekeeper.processed': processed,
          'gamekeeper.failed_items': failedItems,
          'gamekeeper.batches': batches,
        });
        if (end === 'failed') fail(span, error);
      });
    },
    aroundBatch: (claim, batch) => {
      const run = runs.get(claim);
      // Named, since without a context manager nothing remembers which span is active.
      const parent = run ? trace.setSpan(context.active(), run) : context.active();
      const span = tracer.startSpan(`batch ${claim.job}`, { attributes: attributesOf(claim) }, parent);
      return inSpan(span, batch, ({ processed }) => span.setAttribute('gamekeeper.processed', processed));
    },
    batchRetried: (claim, { error, attempt, delayMs }) =>
      void runs.get(claim)?.addEvent('gamekeeper.batch.retry', {
        'gamekeeper.batch.tries': attempt,
        'gamekeeper.batch.retry_delay': delayMs / 1_000,
        ...errorAttributes(error),
      }),
    itemFailed: (claim, { item, error }) =>
      void runs.get(claim)?.addEvent('gamekeeper.item.failure', {
        'gamekeeper.item': item,
        ...errorAttributes(error),
      }),
  };
}

/**
 * Whether the run is part of what somebody does right now. Timers keep the context in which they were set: the span
 * that was active when the host started has ended, and must not become the parent of every run for ever.
 */
function isInsideActiveSpan(): boolean {
  return trace.getActiveSpan()?.isRecording() ?? false;
}

/** Does what a span is about inside of it, and ends it. */
async function inSpan<Result>(
  span: Span,
  work: () => Promise<Result>,
  tell: (result: Result) => void,
): Promise<Result> {
  try {
    const result = await context.with(trace.setSpan(context.active(), span), work);
    tell(result);
    return result;
  } catch (error) {
    fail(span, error);
    throw error;
  } finally {
    span.end();
  }
}

function fail(span: Span, error: unknown): void {
  span.recordException(exceptionOf(error));
  span.setAttribute('error.type', errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: failureText(error) });
}

/** An error as an exception of a span: its stack repeats its message. */
function exceptionOf(error: unknown): Exception {
  const message = errorText(error);
  if (!(error instanceof Error)) return message;
  return { name: error.name, message, ...(error.stack && { stack: redactSecrets(error.stack) }) };
}

function attributesOf({ job, tick, fence, instanceId }: Claim): Attributes {
  return {
    'gamekeeper.job': job,
    'gamekeeper.tick': iso(tick),
    'gamekeeper.attempt': fence,
    'gamekeeper.instance.id': instanceId,
  };
}

function errorAttributes(error: unknown): Attributes {
  return { 'error.type': errorType(error), 'exception.message': failureText(error) };
}
