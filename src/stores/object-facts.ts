/** What S3 says about an object besides its bytes, and the copy onto itself that changes nothing but metadata. */
import type {
  CopyObjectCommandInput,
  GetObjectCommandOutput,
  HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import type { MailReference } from '../mail/mail.ts';

/** The answer of GET or HEAD. */
export type ObjectFacts = Pick<
  GetObjectCommandOutput | HeadObjectCommandOutput,
  | 'BucketKeyEnabled'
  | 'CacheControl'
  | 'ContentDisposition'
  | 'ContentEncoding'
  | 'ContentLanguage'
  | 'ContentLength'
  | 'ContentRange'
  | 'ContentType'
  | 'ETag'
  | 'LastModified'
  | 'Metadata'
  | 'ServerSideEncryption'
  | 'SSEKMSKeyId'
  | 'StorageClass'
>;

/** Where the bytes are and how many; a ranged answer tells the whole size behind the slash. */
export function referenceOf(bucket: string, key: string, facts: ObjectFacts): MailReference {
  const whole = /\/(\d+)$/.exec(facts.ContentRange ?? '')?.[1];
  return { bucket, key, sizeBytes: Number(whole ?? facts.ContentLength ?? 0), etag: facts.ETag ?? '' };
}

/**
 * CopyObject with REPLACE drops whatever is not named again, so all of it is named. Object tags are kept by
 * default. Refused (412) when the object is not the one that `facts` are of.
 */
export function copyOntoItself(
  { bucket, key }: MailReference,
  facts: ObjectFacts,
  metadata: Record<string, string>,
): CopyObjectCommandInput {
  return {
    Bucket: bucket,
    Key: key,
    CopySource: `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`,
    CopySourceIfMatch: facts.ETag,
    MetadataDirective: 'REPLACE',
    Metadata: metadata,
    ContentType: facts.ContentType,
    ContentDisposition: facts.ContentDisposition,
    ContentEncoding: facts.ContentEncoding,
    ContentLanguage: facts.ContentLanguage,
    CacheControl: facts.CacheControl,
    StorageClass: facts.StorageClass,
    ServerSideEncryption: facts.ServerSideEncryption,
    SSEKMSKeyId: facts.SSEKMSKeyId,
    BucketKeyEnabled: facts.BucketKeyEnabled,
  };
}
