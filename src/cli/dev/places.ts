/** Where everything of `everpost dev` is: the ports it wants, the addresses it tells, the variables it hands on. */
import { type Config, sendQueuesOf } from '../../config.ts';
import type { Development } from '../../config-development.ts';
import type { WantedPort } from './ports.ts';

/** The embedded parts listen for this machine only. */
const HOST = '127.0.0.1';

/** Every port that is about to be opened, with the variable that moves it. */
export function wantedPorts(config: Config, { embedded, ports }: Development): WantedPort[] {
  const own = (port: number, what: string, variable: string): WantedPort => ({
    port,
    host: HOST,
    what,
    variable,
  });
  return [
    ...(embedded.temporal
      ? [
          own(ports.temporal, 'Temporal', 'DEV_TEMPORAL_PORT'),
          own(ports.ui, 'the Temporal Web UI', 'DEV_UI_PORT'),
        ]
      : []),
    ...(embedded.aws ? [own(ports.aws, 'the emulated AWS', 'DEV_AWS_PORT')] : []),
    ...(embedded.catcher
      ? [
          own(config.smtp.port, 'the mail catcher (outside)', 'SMTP_PORT'),
          own(config.smtp.internalPort, 'the mail catcher (inside)', 'INTERNAL_SMTP_PORT'),
          own(ports.catcher, 'the mail catcher’s page', 'DEV_CATCHER_PORT'),
        ]
      : []),
    { ...config.metrics, what: 'metrics', variable: 'METRICS_PORT' },
    { ...config.api, what: 'the API', variable: 'API_PORT' },
  ];
}

/** Credentials for the emulator, which takes any; the AWS SDK insists on some, and real ones are none of its business. */
export const EMULATOR_CREDENTIALS = {
  AWS_ACCESS_KEY_ID: 'everpost',
  AWS_SECRET_ACCESS_KEY: 'everpost',
  AWS_SESSION_TOKEN: '',
  AWS_PROFILE: '',
};

/** Address of the Web UI, where Temporal is ours. */
export const webUiUrl = ({ embedded, ports }: Development): string | undefined =>
  embedded.temporal ? `http://${HOST}:${ports.ui}` : undefined;

const catcherUrl = ({ embedded, ports }: Development): string | undefined =>
  embedded.catcher ? `http://${HOST}:${ports.catcher}` : undefined;

type RunningPlaces = { apiUrl: string; metricsUrl: string };

/** What dev.env says: all that another program needs to reach this system. */
export function envFileVariables(
  config: Config,
  development: Development,
  { apiUrl, metricsUrl }: RunningPlaces,
): Record<string, string> {
  const { aws } = config;
  const known: Record<string, string | undefined> = {
    EVERPOST_URL: apiUrl,
    EVERPOST_API_KEY: config.apiKeys[0],
    EVERPOST_API_KEYS: config.apiKeys.join(','),
    EVERPOST_SECRETS: config.secrets.join(','),
    EVERPOST_METRICS_URL: `${metricsUrl}/metrics`,
    EVERPOST_CATCHER_URL: catcherUrl(development),
    EVERPOST_MODE: config.mode,
    EVERPOST_NAME: config.name,
    EVERPOST_HOME: config.home,
    DOMAINS: config.domains.join(','),
    SEND_BUCKET: config.sends.bucket,
    AWS_REGION: aws.region,
    AWS_DEFAULT_REGION: aws.region,
    AWS_ENDPOINT_URL: aws.endpoint,
    AWS_ENDPOINT_URL_S3: aws.s3Endpoint,
    AWS_ENDPOINT_URL_SQS: aws.sqsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbEndpoint,
    ...(development.embedded.aws && EMULATOR_CREDENTIALS),
    TEMPORAL_ADDRESS: config.temporal.address,
    TEMPORAL_NAMESPACE: config.temporal.namespace,
    TEMPORAL_UI_URL: webUiUrl(development),
    SMTP_HOST: config.smtp.host,
    SMTP_PORT: String(config.smtp.port),
    INTERNAL_SMTP_PORT: String(config.smtp.internalPort),
    API_PORT: String(config.api.port),
    METRICS_PORT: String(config.metrics.port),
  };
  return Object.fromEntries(
    Object.entries(known).filter((entry): entry is [string, string] => Boolean(entry[1])),
  );
}

/** The table for people. */
export function placesForPeople(
  config: Config,
  development: Development,
  { apiUrl, metricsUrl, signInUrl, envFile }: RunningPlaces & { signInUrl: string; envFile: string },
): [label: string, where: string, note?: string][] {
  const { host, port, internalPort } = config.smtp;
  const caught = catcherUrl(development);
  const ui = webUiUrl(development);
  return [
    ['Dashboard', signInUrl, 'signs in once, within an hour'],
    ['API', `${apiUrl}/docs`, 'its key is EVERPOST_API_KEY in dev.env'],
    ui === undefined
      ? ['Temporal', config.temporal.address, 'yours']
      : [
          'Temporal',
          `${ui}/namespaces/${config.temporal.namespace}/workflows`,
          `server ${config.temporal.address}`,
        ],
    caught === undefined
      ? ['Mail', `${host}:${port}`, `your relay; inside ${internalPort}`]
      : ['Mail', caught, `what was caught; SMTP ${port} outside, ${internalPort} inside`],
    [
      'AWS',
      config.aws.s3Endpoint ?? `region ${config.aws.region}`,
      development.embedded.aws ? 'emulated' : 'yours',
    ],
    ['Sending', sendQueuesOf(config).send, `POST ${apiUrl}/v1/emails; bucket ${config.sends.bucket}`],
    ['Metrics', `${metricsUrl}/metrics`],
    ['Shell', `set -a; . ${envFile}; set +a`, 'every address and key'],
    ['Log', `${config.home}/everpost.log`],
  ];
}
