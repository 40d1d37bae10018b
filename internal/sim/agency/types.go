package agency

// Type is what happened: the types of events that the two packs speak of, by the
// names of their vocabularies.
type Type uint8

const (
	reportReceived Type = iota + 1
	reportRegistered
	receiptGiven
	receiptNotGivenNoted
	reporterContacted
	reporterUnreachable
	emergencyHandled
	competenceUnclear
	competenceSettled
	caseAccepted
	filingReviewExtended
	caseFiled
	filingRefused
	noticeOfRefusedFilingServed
	transferApproved
	caseTransferred
	filedCaseTransferred
	reporterToldOfTransfer
	referralReceived
	referralGapsTold
	referralGapsFilled
	referralReviewed
	referralSentElsewhere
	reasonsAskedByProcuratorate
	reasonsGivenToProcuratorate
	filingOrderedByProcuratorate
	demandWithdrawnByProcuratorate
	caseWithdrawn
	withdrawalTold
	victimToldOfWithdrawal
	referringOrganToldOfWithdrawal
	investigationOfSuspectEnded
	endOfInvestigationTold
	sentForProsecution
	reconsiderationReceived
	reviewReceived
	agencyReconsiderationReceived
	complaintReceived
	applicationWithdrawn
	applicationLapsed
	applicationExtended
	reconsiderationDecided
	reviewDecided
	complaintAnswered
	recusalAsked
	recusalTimeExtended
	recusalDecided
	lawyerMeetingAsked
	lawyerMetSuspect
	lawyerPermissionAsked
	lawyerPermissionDecided
	summonsArrived
	summonsExtended
	summonsEnded
	compelledAppearanceArrived
	compelledAppearanceExtended
	compelledAppearanceEnded
	otherMeasureDecided
	personDetained
	escortBegun
	escortEnded
	admittedToDetentionCentre
	admissionRefused
	familyNotified
	familyNoticeDeferred
	reasonNotToNotifyEnded
	detentionFoundWrong
	arrestRequestExtended
	arrestRequested
	arrestRequestReceived
	arrestApproved
	arrestRefused
	arrestRefusalReceived
	refusalReconsiderationAsked
	refusalReconsiderationReceived
	refusalReviewAsked
	personArrested
	psychiatricExaminationBegun
	psychiatricExaminationEnded
	custodyExtensionAsked
	custodyExtended
	trialPostponementApproved
	anotherSeriousOffenceFound
	newCountOfCustodySubmitted
	custodyCountedAnew
	identityInquiryApproved
	identityEstablished
	custodyEnded
	bailBegun
	residentialSurveillanceBegun
	measureLifted
	measureChanged
	personInterrogated
	childQuestioned
	minorFoundWithoutALawyer
	legalAidNotified
	lawyerEngaged
	placeSearched
	personSearched
	bodyExamined
	propertyStored
	propertyFoundUnrelated
	frozenPropertyFoundUnrelated
	propertyReturned
	ownerSoughtPublicly
	ownerAskedToCollect
	propertyFrozen
	freezingRenewed
	freezingLifted
	ownerToldOfLifting
	frozenMoneyTransferred
	handlerAppointed
	caseSuspended
	caseResumed
	caseClosed
	witnessHeard
	orderRequested
	orderApproved
	statementHeard
	appraisalCompleted
	legalReviewCompleted
	propertySeized
	accountFrozen
	accountUnfrozen
	stopMade
	forceUsed
	forceReported
	forceReviewed
	videoFiled
	videoFailureConfirmed
	cooperationAccepted
	moneyReceived
	fineCollected
	officialReceiptIssued
	fineHandedIn
	fineDeposited
	moneyReturned
	dutyOrdered
	weaponIssued
	dutyExtended
	weaponReturned
)

var typeNames = [...]string{"",
	"Report received",
	"Report registered",
	"Receipt given",
	"Receipt not given noted",
	"Reporter contacted",
	"Reporter unreachable",
	"Emergency handled",
	"Competence unclear",
	"Competence settled",
	"Case accepted",
	"Filing review extended",
	"Case filed",
	"Filing refused",
	"Notice of refused filing served",
	"Transfer approved",
	"Case transferred",
	"Filed case transferred",
	"Reporter told of transfer",
	"Referral received",
	"Referral gaps told",
	"Referral gaps filled",
	"Referral reviewed",
	"Referral sent elsewhere",
	"Reasons asked by procuratorate",
	"Reasons given to procuratorate",
	"Filing ordered by procuratorate",
	"Demand withdrawn by procuratorate",
	"Case withdrawn",
	"Withdrawal told",
	"Victim told of withdrawal",
	"Referring organ told of withdrawal",
	"Investigation of suspect ended",
	"End of investigation told",
	"Sent for prosecution",
	"Reconsideration received",
	"Review received",
	"Agency reconsideration received",
	"Complaint received",
	"Application withdrawn",
	"Application lapsed",
	"Application extended",
	"Reconsideration decided",
	"Review decided",
	"Complaint answered",
	"Recusal asked",
	"Recusal time extended",
	"Recusal decided",
	"Lawyer meeting asked",
	"Lawyer met suspect",
	"Lawyer permission asked",
	"Lawyer permission decided",
	"Summons arrived",
	"Summons extended",
	"Summons ended",
	"Compelled appearance arrived",
	"Compelled appearance extended",
	"Compelled appearance ended",
	"Other measure decided",
	"Person detained",
	"Escort begun",
	"Escort ended",
	"Admitted to detention centre",
	"Admission refused",
	"Family notified",
	"Family notice deferred",
	"Reason not to notify ended",
	"Detention found wrong",
	"Arrest request extended",
	"Arrest requested",
	"Arrest request received",
	"Arrest approved",
	"Arrest refused",
	"Arrest refusal received",
	"Refusal reconsideration asked",
	"Refusal reconsideration received",
	"Refusal review asked",
	"Person arrested",
	"Psychiatric examination begun",
	"Psychiatric examination ended",
	"Custody extension asked",
	"Custody extended",
	"Trial postponement approved",
	"Another serious offence found",
	"New count of custody submitted",
	"Custody counted anew",
	"Identity inquiry approved",
	"Identity established",
	"Custody ended",
	"Bail begun",
	"Residential surveillance begun",
	"Measure lifted",
	"Measure changed",
	"Person interrogated",
	"Child questioned",
	"Minor found without a lawyer",
	"Legal aid notified",
	"Lawyer engaged",
	"Place searched",
	"Person searched",
	"Body examined",
	"Property stored",
	"Property found unrelated",
	"Frozen property found unrelated",
	"Property returned",
	"Owner sought publicly",
	"Owner asked to collect",
	"Property frozen",
	"Freezing renewed",
	"Freezing lifted",
	"Owner told of lifting",
	"Frozen money transferred",
	"Handler appointed",
	"Case suspended",
	"Case resumed",
	"Case closed",
	"Witness heard",
	"Order requested",
	"Order approved",
	"Statement heard",
	"Appraisal completed",
	"Legal review completed",
	"Property seized",
	"Account frozen",
	"Account unfrozen",
	"Stop made",
	"Force used",
	"Force reported",
	"Force reviewed",
	"Video filed",
	"Video failure confirmed",
	"Cooperation accepted",
	"Money received",
	"Fine collected",
	"Official receipt issued",
	"Fine handed in",
	"Fine deposited",
	"Money returned",
	"Duty ordered",
	"Weapon issued",
	"Duty extended",
	"Weapon returned",
}

// String is the type's name in a log.
func (t Type) String() string { return typeNames[t] }

// types is a set of them.
type types [3]uint64

func setOf(list ...Type) (s types) {
	for _, t := range list {
		s[t>>6] |= 1 << (t & 63)
	}
	return s
}

func (s types) has(t Type) bool { return s[t>>6]>>(t&63)&1 != 0 }
