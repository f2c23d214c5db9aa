/** A member of a request or an answer that names a resource. */
export interface KnownResource {
  /** The service that the event has to be of. */
  readonly source: string
  readonly part: 'requestParameters' | 'responseElements'
  /** Members on the way to the name; `*` goes through a list. */
  readonly path: readonly [string, ...string[]]
  readonly type: string
}

function known(service: string, part: KnownResource['part'], path: string, type: string): KnownResource {
  return { source: `${service}.amazonaws.com`, part, path: path.split('.') as [string, ...string[]], type }
}

const inRequest = 'requestParameters'
const inAnswer = 'responseElements'

/**
 * Where well-known calls name what they act on. AWS computes the resources of LookupEvents by rules that it does not publish:
 * this table stands for them.
 */
export const knownResources: readonly KnownResource[] = [
  known('s3', inRequest, 'bucketName', 'AWS::S3::Bucket'),
  known('iam', inRequest, 'userName', 'AWS::IAM::User'),
  known('iam', inRequest, 'roleName', 'AWS::IAM::Role'),
  known('iam', inRequest, 'groupName', 'AWS::IAM::Group'),
  known('iam', inRequest, 'policyArn', 'AWS::IAM::Policy'),
  known('iam', inRequest, 'instanceProfileName', 'AWS::IAM::InstanceProfile'),
  known('iam', inRequest, 'accessKeyId', 'AWS::IAM::AccessKey'),
  known('iam', inAnswer, 'accessKey.accessKeyId', 'AWS::IAM::AccessKey'),
  known('sts', inRequest, 'roleArn', 'AWS::IAM::Role'),
  known('ec2', inRequest, 'instancesSet.items.*.instanceId', 'AWS::EC2::Instance'),
  known('ec2', inAnswer, 'instancesSet.items.*.instanceId', 'AWS::EC2::Instance'),
  known('ec2', inRequest, 'instanceId', 'AWS::EC2::Instance'),
  known('ec2', inRequest, 'groupId', 'AWS::EC2::SecurityGroup'),
  known('ec2', inAnswer, 'groupId', 'AWS::EC2::SecurityGroup'),
  known('ec2', inRequest, 'volumeId', 'AWS::EC2::Volume'),
  known('ec2', inRequest, 'snapshotId', 'AWS::EC2::Snapshot'),
  known('ec2', inRequest, 'vpcId', 'AWS::EC2::VPC'),
  known('ec2', inRequest, 'subnetId', 'AWS::EC2::Subnet'),
  known('kms', inRequest, 'keyId', 'AWS::KMS::Key'),
  known('lambda', inRequest, 'functionName', 'AWS::Lambda::Function'),
  known('dynamodb', inRequest, 'tableName', 'AWS::DynamoDB::Table'),
  known('sns', inRequest, 'topicArn', 'AWS::SNS::Topic'),
  known('sqs', inRequest, 'queueUrl', 'AWS::SQS::Queue'),
  known('rds', inRequest, 'dBInstanceIdentifier', 'AWS::RDS::DBInstance'),
  known('secretsmanager', inRequest, 'secretId', 'AWS::SecretsManager::Secret'),
  known('logs', inRequest, 'logGroupName', 'AWS::Logs::LogGroup'),
  known('cloudformation', inRequest, 'stackName', 'AWS::CloudFormation::Stack'),
  known('cloudtrail', inRequest, 'name', 'AWS::CloudTrail::Trail'),
]
