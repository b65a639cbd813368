/** The configuration: what the environment may say, and one message for all that it says wrong. */
import { describe, expect, it } from 'vitest';
import { bucketOf, queueOf, readConfig, sendQueuesOf } from '../src/config.ts';
import { readDevelopment } from '../src/config-development.ts';

const SECRET = 'a-secret-of-the-tests-0123456789';
const read = (variables: Record<string, string> = {}) =>
  readConfig({ EVERPOST_SECRETS: SECRET, ...variables });
const told = (reading: () => unknown): string[] => {
  try {
    reading();
    return [];
  } catch (error) {
    return String((error as Error).message)
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
};

describe('the defaults', () => {
  it('are those of the worker that is replaced', () => {
    const config = read();
    expect(config).toMatchObject({
      name: 'everpost',
      mode: 'production',
      domains: ['example.com'],
      aws: { region: 'us-east-2' },
      smtp: {
        host: 'localhost',
        port: 25,
        internalPort: 2525,
        secure: false,
        nullSenderVia: { way: 'external' },
      },
      temporal: { address: 'localhost:7233', namespace: 'default' },
      api: { host: '127.0.0.1', port: 8080, publicUrl: 'http://127.0.0.1:8080' },
      metrics: { host: '127.0.0.1', port: 8000 },
      attentionDays: 7,
      tables: { rules: 'email-rules', blocked: 'email-blocked-senders', messages: 'ses-outbound-messages' },
    });
    expect(bucketOf(config, 'mail.example.com')).toBe('mail-example-com-emails');
    expect(queueOf(config, 'mail.example.com')).toBe('mail-example-com-queue');
    expect(sendQueuesOf(config)).toEqual({
      send: 'everpost-send-queue',
      rejected: 'everpost-rejected-queue',
    });
  });

  it('hold for empty values too', () => {
    expect(read({ SMTP_HOST: '', DOMAINS: '  ' })).toMatchObject({
      domains: ['example.com'],
      smtp: { host: 'localhost' },
    });
  });
});

const values: [string, string, object][] = [
  ['DOMAINS', 'Example.COM, b.example,example.com', { domains: ['example.com', 'b.example'] }],
  ['SMTP_SECURE', 'yes', { smtp: { secure: true } }],
  ['SMTP_RATE', '2.5', { smtp: { ratePerSecond: 2.5 } }],
  ['NULL_SENDER_VIA', 'internal', { smtp: { nullSenderVia: { way: 'internal' } } }],
  [
    'NULL_SENDER_VIA',
    'silent@example.com',
    { smtp: { nullSenderVia: { way: 'address', address: 'silent@example.com' } } },
  ],
  ['AWS_ENDPOINT_URL', 'http://127.0.0.1:4566', { aws: { s3Endpoint: 'http://127.0.0.1:4566' } }],
  ['TEMPORAL_NAMESPACE', 'mail', { temporal: { namespace: 'mail' } }],
  ['PUBLIC_URL', 'https://mail.example.com/', { api: { publicUrl: 'https://mail.example.com' } }],
];
it.each(values)('%s=%s is understood', (name, value, expected) => {
  expect(read({ [name]: value })).toMatchObject(expected);
});

describe('what is wrong', () => {
  const bad: [string, string, RegExp][] = [
    ['EVERPOST_NAME', 'A B', /expected lower-case letters, digits and dashes$/],
    ['DOMAINS', 'a b,c_d!', /expected a comma list of domain names/],
    ['AWS_ENDPOINT_URL', 'ftp://x', /expected a URL such as/],
    ['SMTP_PORT', '70000', /expected number to be <=65535$/],
    ['SMTP_SECURE', 'maybe', /expected one of/],
    ['NULL_SENDER_VIA', 'nobody', /expected external, internal or a mail address$/],
    ['ATTENTION_DAYS', 'soon', /expected number$/],
    ['SEND_TIME_ZONE', 'Mars/Olympus', /expected an IANA time zone/],
  ];
  it.each(bad)('%s=%s is told with what was read and what is expected', (name, value, reason) => {
    const lines = told(() => read({ [name]: value }));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name}: read ${JSON.stringify(value)}, `));
    expect(lines[0]).toMatch(reason);
  });

  it('is told all at once, and never shows a secret', () => {
    const lines = told(() => read({ EVERPOST_SECRETS: 'tooshort', API_PORT: 'x', LOG_LEVEL: 'loud' }));
    expect(lines.map((line) => line.split(':')[0])).toEqual(['API_PORT', 'EVERPOST_SECRETS', 'LOG_LEVEL']);
    expect(lines.join()).not.toContain('tooshort');
  });

  it('is told all at once in development too', () => {
    const lines = told(() => readDevelopment({ DEV_UI_PORT: 'x', API_PORT: 'y' }));
    expect(lines.map((line) => line.split(':')[0])).toEqual(['API_PORT', 'DEV_UI_PORT']);
  });

  it('is a production without a secret', () => {
    expect(told(() => readConfig({}))).toEqual([expect.stringMatching(/^EVERPOST_SECRETS: not set/)]);
    expect(readConfig({ EVERPOST_MODE: 'development' }).secrets).toEqual([]);
  });
});
