package access

// ItemMove is the action of a kind of move on the ledger. Who may link may undo it.
func ItemMove(kind string) Action {
	if kind == "unlink" {
		return ItemLink
	}
	return Action("item." + kind)
}

// The actions of the table, where the program names them.
const (
	FindingRead        Action = "finding.read"
	FindingPersons     Action = "finding.persons"
	CaseRead           Action = "case.read"
	VerdictRead        Action = "verdict.read"
	EventEnter         Action = "event.enter"
	ViewShare          Action = "view.share"
	ExportMake         Action = "export.make"
	ItemAssign         Action = "item.assign"
	ItemAccept         Action = "item.accept"
	ItemDecline        Action = "item.decline"
	ItemClaim          Action = "item.claim"
	ItemReturn         Action = "item.return"
	ItemVerify         Action = "item.verify"
	ItemClose          Action = "item.close"
	ItemReopen         Action = "item.reopen"
	ItemExtend         Action = "item.extend"
	ItemComment        Action = "item.comment"
	ItemReply          Action = "item.reply"
	ItemLink           Action = "item.link"
	ItemAttach         Action = "item.attach"
	RuleReview         Action = "rule.review"
	EventSend          Action = "event.send"
	SourceRead         Action = "source.read"
	SourceChange       Action = "source.change"
	QuarantineRead     Action = "quarantine.read"
	QuarantineMend     Action = "quarantine.mend"
	SourceMap          Action = "source.map"
	PackRead           Action = "pack.read"
	PackTry            Action = "pack.try"
	PackPropose        Action = "pack.propose"
	PackApprove        Action = "pack.approve"
	ExemptionRead      Action = "exemption.read"
	ExemptionPropose   Action = "exemption.propose"
	ExemptionApprove   Action = "exemption.approve"
	ApprovalRead       Action = "approval.read"
	OrganisationRead   Action = "organisation.read"
	OrganisationChange Action = "organisation.change"
	AccountRead        Action = "account.read"
	AccountChange      Action = "account.change"
	SessionOwn         Action = "session.own"
	AccessRead         Action = "access.read"
	AccessPropose      Action = "access.propose"
	AccessApprove      Action = "access.approve"
	SealRead           Action = "seal.read"
	KeyRotate          Action = "key.rotate"
	KeyApprove         Action = "key.approve"
	IdentitySeal       Action = "identity.seal"
	IdentityRead       Action = "identity.read"
	IdentityPropose    Action = "identity.propose"
	IdentityApprove    Action = "identity.approve"
	IdentityFetch      Action = "identity.fetch"
	CustodianRead      Action = "custodian.read"
	CustodianPropose   Action = "custodian.propose"
	CustodianApprove   Action = "custodian.approve"
	MetricsRead        Action = "metrics.read"
)
