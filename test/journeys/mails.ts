/** Mails and notifications as the world writes them, for journeys. */
import { randomBytes } from 'node:crypto';

export type Announcement = {
  recipients: string[];
  sender?: string;
  messageId?: string;
  verdicts?: Partial<
    Record<'spamVerdict' | 'virusVerdict' | 'spfVerdict' | 'dkimVerdict' | 'dmarcVerdict', { status: string }>
  >;
  destination?: string[];
  subject?: string;
};

const pass = { status: 'PASS' };

/** An SES receipt notification as SES writes it. */
export function sesNotification(key: string, bucket: string, about: Announcement): string {
  const sender = about.sender ?? 'someone@sender.test';
  const destination = about.destination ?? about.recipients;
  const now = new Date().toISOString();
  return JSON.stringify({
    notificationType: 'Received',
    mail: {
      timestamp: now,
      source: sender,
      messageId: about.messageId ?? key,
      destination,
      headersTruncated: false,
      headers: [],
      commonHeaders: { from: [sender], to: destination, subject: about.subject ?? 'A mail' },
    },
    receipt: {
      timestamp: now,
      recipients: about.recipients,
      spamVerdict: pass,
      virusVerdict: pass,
      spfVerdict: pass,
      dkimVerdict: pass,
      dmarcVerdict: pass,
      ...about.verdicts,
      action: { type: 'S3', bucketName: bucket, objectKey: key },
    },
  });
}

/** A small mail with CRLF line ends. */
export function mailText(about: {
  from?: string;
  to: string;
  subject?: string;
  headers?: string[];
  body?: string;
}): string {
  const lines = [
    `From: Someone <${about.from ?? 'someone@sender.test'}>`,
    `To: ${about.to}`,
    `Subject: ${about.subject ?? 'A mail'}`,
    'Date: Sat, 21 Nov 2026 10:00:00 +0000',
    `Message-ID: <${randomBytes(6).toString('hex')}@sender.test>`,
    ...(about.headers ?? []),
    '',
    about.body ?? 'Hello,\r\nthis is a mail.',
    '',
  ];
  return lines.join('\r\n');
}
