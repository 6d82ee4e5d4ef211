/**
 * Members of answers that the walk over all routes does not meet, each with what it takes; and places where an answer is open to
 * members that no name can be given to. What stands here and is met, or is not described any more, fails the walk's test.
 */

/** `<operation> <status>` → members, each with all that is inside it → what it takes. */
export const UNMET: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'listAlerts 200': {
    '.alerts[].climbed[]': 'an alarm that nobody attends to for a quarter of an hour: test/alerts/keeper.test.ts',
    '.alerts[].ended': 'an end without an answer: test/alerts/ends.test.ts',
    '.climbed[]': 'a superior to whom an alarm climbed: test/http/alerts.test.ts',
    '.caused[].climbed[]': 'as of the alerts themselves',
    '.caused[].ended': 'as of the alerts themselves',
  },
  'recordBatch 200': { '.errors[].messageZh': 'a rule that forbids: test/http/events-batch.test.ts' },
  'enrolAgencies 200': { '.errors[].messageZh': 'a rule that forbids: members are those of every problem' },
  'matchHeld 200': { '.warnings': 'a held event that breaks a rule which forbids nothing' },
  'listVersions 200': { '.proposals[].overtakenBy': 'a version that came first: test/http/versions.test.ts' },
  'readProposal 200': { '.overtakenBy': 'as of the list of versions' },
  'proposeVersion 201': { '.outcome': 'a version that narrows, and corrects as before: test/http/versions.test.ts' },
  'readHeld 200': {
    '.person.idNumber': 'a health role names people by it, and is never held',
    '.person.description': 'a write that names nobody: test/http/held.test.ts',
  },
  'readPatient 200': {
    '.state.homeless': 'recorded by civil affairs: test/domain/rights-fold.test.ts',
    '.state.insurance': 'recorded by who insures: test/domain/rights-fold.test.ts',
  },
  'accountOfDisclosures 200': {
    '.erasedAt': 'an erasure: test/http/disclosures.test.ts',
    '.entries[].amendments': 'a row that puts an older period right: test/feeds/look-back.test.ts',
    '.entries[].deliveries[].openedAt': 'a document that a person opened: test/account/account.test.ts',
    '.entries[].deliveries[].parkedAt': 'a document that its receiver refused for good',
    '.entries[].delivery.parkedAt': 'a message that its receiver refused for good: test/account/account.test.ts',
    '.entries[].fieldSets': 'a recall of what was told by some field sets: test/account/account.test.ts',
  },
  'explainPerson 200': { '.documents[].rule': 'a closing, or somebody who is a number: test/feeds/why.test.ts' },
  'readAccounting 200': { '.rule': 'somebody in scope whom a rule leaves out: test/feeds' },
  'readSubscription 200': { '.delivery.pause': 'a receiver that takes nothing: test/delivery' },
  'rebuildProjection 200': { '.differences[]': 'a read model that was changed behind the hub’s back' },
  'verifyProjection 200': { '.differences[]': 'a read model that was changed behind the hub’s back' },
  'readiness 200': { '.checks[].detail': 'a check that warns and is passed' },
}

/** `<operation> <status>` → places of maps → what stands in them. */
export const OPEN: Readonly<Record<string, readonly string[]>> = {
  // Problems are open by RFC 9457: the data that a caller needs stand beside the members.
  'recordBatch 200': [''],
  'enrolAgencies 200': [''],
  // The data of each event type has a schema of its own, by the name that stands beside it.
  'readHeld 200': ['.event'],
  'replayPatient 200': ['.entries[].event.data'],
  // The facts of the vocabulary, as far as they were granted.
  'oneOffDocument 200': ['.facts'],
  // Names that the feed's counting, the versions and the key types give.
  'readPatient 200': ['.state.programmes'],
  'listPeriods 200': ['.periods[].documents[].counts'],
  'readPeriod 200': ['.documents[].counts'],
  'readAccounting 200': ['.versions', '.counts'],
  'previewFeed 200': ['.counts'],
  'listSubscriptions 200': ['.subscriptions[].publicKey.jwk'],
  'readSubscription 200': ['.publicKey.jwk'],
  // Held by the public validators.
  'openApi 200': [''],
  'asyncApi 200': [''],
  'readSchema 200': [''],
}
