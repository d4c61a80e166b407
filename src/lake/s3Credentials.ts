import type { AwsConfig } from '../config/config.js'

/** Who asks, as the SDK and DuckDB's secrets take it. */
export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Until when; without it, for good. */
  readonly expiration?: Date
}

/** Gives credentials that are good for some minutes at least. */
export type CredentialsSource = () => Promise<S3Credentials>

/**
 * Credentials by AWS's own chain: environment, profile, SSO, web identity, container, instance; and with a role in the
 * configuration, those of the role, taken with the chain's. The chain is walked when they are first needed.
 */
export async function findCredentials(aws: AwsConfig): Promise<CredentialsSource> {
  const { fromNodeProviderChain, fromTemporaryCredentials } = await import('@aws-sdk/credential-providers')
  const chain = fromNodeProviderChain({ ...(aws.profile !== undefined && { profile: aws.profile }) })
  if (aws.roleArn === undefined) return () => chain()
  const role = fromTemporaryCredentials({
    params: { RoleArn: aws.roleArn, RoleSessionName: 'stocktake' },
    masterCredentials: () => chain(),
    clientConfig: stsConfig(aws),
  })
  return () => role()
}

/** A store that isn't AWS's has roles of its own, if any: they are asked for where it is. */
function stsConfig({ region, endpoint }: AwsConfig) {
  if (endpoint === undefined || isOfAws(endpoint)) return { ...(region !== undefined && { region }) }
  return { region: region ?? NOWHERE, endpoint }
}

/** The region of a store that has none: it is part of a signature, so there must be one. */
export const NOWHERE = 'us-east-1'

/**
 * Where another service than S3 is found: at its own endpoint, or where S3's is no server of AWS's, at that one too.
 * @returns `undefined` where the service is AWS's
 */
export function serviceEndpoint(own: string | undefined, s3Endpoint: string | undefined): string | undefined {
  if (own !== undefined) return own
  return s3Endpoint === undefined || isOfAws(s3Endpoint) ? undefined : s3Endpoint
}

/** Whether an endpoint is one of AWS's own. */
export const isOfAws = (endpoint: string): boolean => /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname)
