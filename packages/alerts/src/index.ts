export {
  alertJson,
  type AlertDigestJson,
  type AlertJson,
  type CheckAlertJson,
  type JobAlertJson,
} from './alert-json.ts';
export type { CheckHealthJson, JobHealthJson } from '@gamekeeper/core/engine';
export { AlertNotDeliveredError } from './alert-not-delivered-error.ts';
export { emailAlerts, type EmailAlertOptions, type MailTransporter } from './email/email-alerts.ts';
export { MissingNodemailerError } from './email/load-nodemailer.ts';
export type { AlertMail } from './email/mail.ts';
export { sentryAlerts, type SentryAlertOptions } from './sentry/sentry-alerts.ts';
export { sentryCheckIns, type SentryCheckInOptions } from './sentry/sentry-check-ins.ts';
export type {
  SentryCheckIn,
  SentryClient,
  SentryEvent,
  SentryMonitor,
  SentrySdk,
} from './sentry/sentry-sdk.ts';
export { slackAlerts, type SlackAlertOptions } from './webhook/slack-alerts.ts';
export { webhookAlerts, type WebhookAlertOptions } from './webhook/webhook-alerts.ts';
export { webhookSignature } from './webhook/webhook-signature.ts';
