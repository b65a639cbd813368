/**
 * What `everpost doctor` looks at, one function a thing. Nothing is changed; each finding says what was seen and,
 * where it is not as it should be, what to do.
 */
import { Connection } from '@temporalio/client';
import { bucketFact, bucketFacts } from '../api/domain-facts.ts';
import { type Config, queueOf, sendQueuesOf } from '../config.ts';
import { openSmtpClient } from '../smtp/smtp-client.ts';
import { type Aws, openAws } from '../stores/aws.ts';
import { examineQueue, examineTable, findingOf } from './examination-aws.ts';
import { RETENTION_DAYS_MIN, readNamespace } from './namespace.ts';

export type Finding = {
  about: string;
  verdict: 'good' | 'doubtful' | 'bad';
  found: string;
  mend?: string;
};

const SETUP = 'run `everpost setup`';
/** A thing that does not answer by then counts as silent. */
const ANSWER_MS_MAX = 5_000;

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function examineTemporal({ temporal }: Config): Promise<Finding[]> {
  const about = `Temporal ${temporal.address}`;
  const connection = Connection.lazy(temporal.connection ?? {});
  try {
    const facts = await connection.withDeadline(Date.now() + ANSWER_MS_MAX, () =>
      readNamespace(connection, temporal.namespace),
    );
    const { exists, missing, wrong, retentionDays } = facts;
    if (!exists) {
      return [
        {
          about,
          verdict: 'bad',
          found: `no namespace ${temporal.namespace}`,
          mend: `${SETUP}, or correct TEMPORAL_NAMESPACE`,
        },
      ];
    }
    return [
      { about, verdict: 'good', found: `answers; namespace ${temporal.namespace}` },
      retentionDays >= RETENTION_DAYS_MIN
        ? { about: 'Retention', verdict: 'good', found: `${retentionDays} days` }
        : {
            about: 'Retention',
            verdict: 'bad',
            found: `${retentionDays} days, so a notice that comes late could start its mail again`,
            mend: `${SETUP}: it raises it to ${RETENTION_DAYS_MIN} days`,
          },
      missing.length === 0
        ? { about: 'Search attributes', verdict: 'good', found: 'all there' }
        : { about: 'Search attributes', verdict: 'bad', found: `missing ${missing.join(', ')}`, mend: SETUP },
      ...wrong.map(
        (name): Finding => ({
          about: `Search attribute ${name}`,
          verdict: 'bad',
          found: 'has another type',
          mend: 'remove it there, or use a namespace of your own (TEMPORAL_NAMESPACE)',
        }),
      ),
    ];
  } catch (error) {
    return [
      {
        about,
        verdict: 'bad',
        found: `does not answer (${sentence(error)})`,
        mend: 'start it, or correct TEMPORAL_ADDRESS and the TLS settings or TEMPORAL_API_KEY',
      },
    ];
  } finally {
    await connection.close();
  }
}

async function examineAws(config: Config, aws: Aws): Promise<Finding[]> {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  const buckets = [
    ...(await bucketFacts(config, aws, signal)),
    await bucketFact(config.sends.bucket, aws, signal),
  ];
  const queueNames = [
    ...config.domains.map((domain) => queueOf(config, domain)),
    ...Object.values(sendQueuesOf(config)),
  ];
  const queues = await Promise.all(queueNames.map((name) => examineQueue(aws, name)));
  const tables = await Promise.all(
    Object.values(config.tables).map((table) => examineTable(config, aws, table)),
  );
  return [...buckets.map((fact) => findingOf('Bucket', fact)), ...queues.flat(), ...tables];
}

async function examineRelay(
  about: string,
  port: number,
  variable: string,
  { smtp }: Config,
): Promise<Finding> {
  const login = variable === 'SMTP_PORT' && smtp.user !== undefined;
  const client = openSmtpClient({
    host: smtp.host,
    port,
    secure: variable === 'SMTP_PORT' && smtp.secure,
    ...(login && { user: smtp.user, password: smtp.password ?? '' }),
    connectionsMax: 1,
  });
  const { code, text, stage } = await client.check(ANSWER_MS_MAX);
  client.close();
  if (code >= 200 && code < 300) return { about, verdict: 'good', found: `${smtp.host}:${port} answers` };
  return {
    about,
    verdict: 'bad',
    found: `${smtp.host}:${port} at ${stage}: ${code === 0 ? '' : `${code} `}${text}`,
    mend:
      stage === 'auth'
        ? 'correct SMTP_USER and SMTP_PASS'
        : `start the relay, or correct SMTP_HOST and ${variable}`,
  };
}

function examineSecrets({ secrets, apiKeys, mode }: Config): Finding[] {
  return [
    secrets.length > 0
      ? { about: 'Secrets', verdict: 'good', found: `${secrets.length}, the newest signs` }
      : {
          about: 'Secrets',
          verdict: 'bad',
          found: `none (mode ${mode})`,
          mend: 'set EVERPOST_SECRETS, for example to the output of openssl rand -hex 32',
        },
    apiKeys.length > 0
      ? { about: 'API keys', verdict: 'good', found: `${apiKeys.length}` }
      : {
          about: 'API keys',
          verdict: 'doubtful',
          found: 'none, so the API listens on the loopback only and asks nobody for a key',
          mend: 'set EVERPOST_API_KEYS, for example to the output of openssl rand -hex 32',
        },
  ];
}

/** Looks at everything; the order is that of a mail's way. Never throws for what it finds. */
export async function examine(config: Config): Promise<Finding[]> {
  const aws = openAws(config);
  try {
    const findings = await Promise.all([
      examineSecrets(config),
      examineTemporal(config),
      examineAws(config, aws),
      examineRelay('Relay, inside', config.smtp.internalPort, 'INTERNAL_SMTP_PORT', config),
      examineRelay('Relay, outside', config.smtp.port, 'SMTP_PORT', config),
    ]);
    return findings.flat();
  } finally {
    aws.close();
  }
}
