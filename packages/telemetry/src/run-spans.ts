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

/** Creates a span for every run, and a child span for each of its batches. */
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
      // The parent is set explicitly, because without a context manager there is no active span.
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
    runThrottled: (claim, { pauseMs }) =>
      void runs.get(claim)?.addEvent('gamekeeper.run.throttle', { 'gamekeeper.pause': pauseMs / 1_000 }),
    itemFailed: (claim, { item, error }) =>
      void runs.get(claim)?.addEvent('gamekeeper.item.failure', {
        'gamekeeper.item': item,
        ...errorAttributes(error),
      }),
  };
}

/**
 * Whether the run was started inside an active span. Timers keep the context in which they were set: the span that was
 * active at the start of the host has ended, and must not become the parent of every run.
 */
function isInsideActiveSpan(): boolean {
  return trace.getActiveSpan()?.isRecording() ?? false;
}

/** Runs the work inside a span and ends the span. */
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

/** Converts an error to a span exception, without repeating the message in the stack. */
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
