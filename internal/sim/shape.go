package sim

// The shape of the log: aggregate figures counted from the Road Traffic Fine
// Management Process log (M. de Leoni, F. Mannhardt, 2015, 4TU.ResearchData,
// doi:10.4121/uuid:270fd440-1057-4fb9-89a9-b699b47990f5): 150,370 fines and
// 561,470 events of the years 2000 to 2013. Only counts and quantiles are
// here, no row of it.

// The activities, a letter each, so that a course can be read at a glance.
const (
	created   = 'C'
	sent      = 'S'
	notified  = 'N'
	increased = 'A'
	payment   = 'P'
	collected = 'X'
	appealed  = 'I'
	fileSent  = 'Q'
	answered  = 'R'
	told      = 'O' // the answer was notified to the offender
	judge     = 'J'
)

// activity names the letters as the log does.
var activity = [128]string{
	created: "Create Fine", sent: "Send Fine", notified: "Insert Fine Notification", increased: "Add penalty",
	payment: "Payment", collected: "Send for Credit Collection", appealed: "Insert Date Appeal to Prefecture",
	fileSent: "Send Appeal to Prefecture", answered: "Receive Result Appeal from Prefecture",
	told: "Notify Result Appeal to Offender", judge: "Appeal to Judge",
}

// course is an order of activities and how many fines of the log took it.
type course struct {
	steps string
	count int
}

// courses are the 45 most frequent of the 231 of the log; rareCourses is the
// number of fines of all the others, which fine.go makes out of these.
var courses = []course{
	{"CSNAX", 56482}, {"CP", 46371}, {"CS", 20385}, {"CSNAP", 9520}, {"CSNAPP", 3736},
	{"CSNPAP", 3301}, {"CSP", 3131}, {"CSNIAQ", 2497}, {"CSNAPX", 1515}, {"CSNPAX", 522},
	{"CSNAIQ", 443}, {"CPS", 362}, {"CSNIAQROP", 139}, {"CSNJAP", 135}, {"CSIQ", 126},
	{"CSNIQAROP", 114}, {"CSNJAX", 108}, {"CPSNAP", 89}, {"CSNIAQROX", 88}, {"CSNIQAROX", 81},
	{"CSNAPPP", 69}, {"CSNAIQROP", 61}, {"CPSP", 58}, {"CSPNAP", 56}, {"CSNAIQROX", 49},
	{"CPSNAX", 45}, {"CSNIAQROJ", 42}, {"CSPP", 34}, {"CSNAJ", 32}, {"CSNIAQRO", 30},
	{"CSNAJP", 23}, {"CSNIQAR", 22}, {"CSNIAQROJP", 20}, {"CSNAIQRO", 20}, {"CSNIQAROJ", 20},
	{"CSNPPAP", 20}, {"CSNJAPP", 19}, {"CSNIAQR", 19}, {"CSNIQAP", 17}, {"CSNAJX", 16},
	{"CSNIQRAOP", 15}, {"CSNIAQRP", 15}, {"CSPNAX", 14}, {"CSNPAPP", 14}, {"CSNAPPPP", 13},
}

const rareCourses = 482

const (
	usual       = 7   // the first of courses that are too plain for anything rare
	rareAppeals = .70 // share of appeals among the rare
)

// When fines were created: counts by year from 2000 to 2013, apart for five
// kinds of course, because what was created last could not yet be collected.
var (
	yearsPaidAtOnce = weights{3054, 2524, 2058, 2301, 4007, 5312, 5761, 3965, 4076, 4569, 2636, 2965, 2633, 510}
	yearsSentOnly   = weights{524, 989, 2076, 754, 1911, 2095, 2303, 1974, 2070, 2079, 1127, 1136, 378, 969}
	yearsCollected  = weights{9220, 6734, 4976, 4300, 4194, 4507, 4110, 3902, 4416, 4768, 3142, 4575, 169, 0}
	yearsAppealed   = weights{239, 172, 251, 201, 342, 421, 572, 309, 363, 372, 190, 368, 325, 18}
	yearsOther      = weights{2299, 1904, 2194, 1009, 2133, 2176, 2368, 1140, 1281, 1230, 906, 1262, 513, 43}
	months          = weights{6306, 7419, 9212, 9439, 13350, 18361, 27227, 26614, 10182, 8120, 7197, 6943}
)

// quantiles are a distribution of days by its values at the probabilities of
// quantileAt; between them it is taken as even.
type quantiles [20]int

var quantileAt = [20]float64{0, .01, .05, .1, .2, .3, .4, .5, .6, .7, .8, .85, .9, .93, .95, .97, .98, .99, .999, 1}

// after has the days from one activity to the next of the course, by the
// letters of both. Where the reforms show in the log it has a table for before
// and after (days.go chooses).
var after = map[string]*quantiles{
	"CS": {0, 0, 31, 39, 53, 66, 81, 94, 107, 119, 128, 132, 137, 141, 144, 147, 163, 204, 312, 732},
	"SN": {0, 0, 5, 6, 8, 9, 12, 15, 17, 20, 23, 26, 30, 33, 36, 41, 48, 58, 128, 432},
	"CP": {0, 0, 0, 0, 1, 2, 3, 5, 6, 7, 12, 18, 28, 36, 46, 58, 64, 85, 202, 962},
	"AP": {0, 0, 0, 1, 3, 29, 119, 224, 272, 310, 367, 417, 506, 559, 599, 654, 686, 720, 899, 1544},
	"PP": {0, 2, 22, 26, 31, 36, 43, 53, 67, 91, 133, 182, 238, 274, 322, 395, 465, 555, 706, 911},
	"SP": {1, 4, 8, 10, 15, 21, 26, 32, 40, 50, 62, 67, 78, 93, 117, 162, 250, 437, 1522, 1681},
	"AI": {0, 0, 0, 0, 1, 3, 4, 7, 12, 18, 37, 54, 91, 121, 214, 329, 380, 535, 614, 614},
	"PS": {0, 0, 3, 6, 15, 24, 30, 37, 44, 59, 72, 84, 94, 108, 115, 118, 126, 132, 144, 144},
	"QR": {3, 5, 11, 14, 23, 33, 42, 50, 63, 77, 85, 90, 109, 118, 128, 136, 141, 152, 225, 225},
	"AR": {0, 0, 4, 9, 18, 26, 33, 39, 50, 60, 71, 80, 89, 103, 146, 181, 189, 218, 239, 239},
	"RO": {1, 2, 3, 4, 6, 8, 9, 13, 24, 35, 52, 66, 80, 88, 99, 108, 127, 142, 189, 189},
	"OP": {0, 1, 3, 7, 13, 18, 22, 27, 30, 45, 80, 189, 294, 404, 456, 535, 594, 711, 951, 951},
	"SI": {3, 5, 7, 8, 11, 14, 20, 28, 35, 42, 54, 61, 76, 89, 96, 110, 122, 154, 328, 328},
	"OJ": {1, 1, 1, 1, 8, 14, 19, 22, 26, 28, 31, 32, 38, 48, 48, 58, 65, 147, 256, 256},
	"AJ": {0, 0, 0, 0, 0, 1, 3, 6, 15, 21, 72, 95, 250, 315, 334, 636, 641, 1921, 1921, 1921},
	"JP": {4, 4, 83, 161, 197, 230, 298, 347, 406, 459, 592, 632, 679, 700, 714, 1009, 1078, 1395, 1395, 1395},
	"PN": {1, 1, 1, 1, 2, 3, 4, 6, 8, 9, 12, 12, 16, 20, 23, 24, 31, 37, 37, 37},
	"AO": {0, 0, 2, 3, 3, 6, 38, 70, 81, 110, 132, 145, 169, 178, 179, 194, 194, 227, 227, 227},
	"RP": {2, 2, 4, 8, 20, 30, 38, 59, 66, 81, 96, 118, 145, 158, 165, 165, 291, 291, 291, 291},
	"QP": {5, 5, 5, 9, 32, 58, 59, 110, 123, 196, 225, 229, 369, 369, 652, 652, 652, 652, 652, 652},
	"CI": {2, 2, 2, 2, 5, 16, 24, 39, 45, 57, 66, 77, 88, 143, 143, 144, 144, 144, 144, 144},
}

var (
	sentSince2010     = quantiles{0, 0, 21, 27, 35, 42, 47, 50, 53, 57, 63, 72, 89, 103, 116, 132, 147, 174, 287, 435}
	notifiedSince2010 = quantiles{0, 0, 4, 7, 10, 12, 14, 17, 20, 23, 28, 35, 53, 64, 71, 87, 97, 107, 160, 399}
	paidInParts       = quantiles{0, 0, 3, 5, 10, 16, 24, 33, 46, 69, 107, 145, 218, 269, 306, 356, 406, 557, 767, 1168} // A to P where there are several payments

	// From the notification, within the sixty days.
	paidInTerm     = quantiles{0, 0, 1, 3, 7, 13, 19, 25, 33, 39, 46, 50, 53, 55, 56, 57, 58, 59, 59, 59}
	appealedInTerm = quantiles{0, 1, 4, 8, 15, 22, 29, 35, 41, 46, 52, 54, 56, 57, 58, 58, 59, 59, 59, 59}

	// From the appeal to the sending of its file, with and without an answer.
	fileBefore2003         = quantiles{0, 1, 2, 5, 10, 15, 20, 22, 25, 27, 28, 49, 53, 53, 58, 3663, 3982, 4106, 4272, 4272}
	fileBefore2003Answered = quantiles{3, 3, 6, 9, 9, 13, 17, 22, 25, 27, 28, 28, 29, 32, 52, 53, 82, 350, 350, 350}
	fileSince2003          = quantiles{0, 10, 20, 27, 35, 41, 44, 49, 53, 58, 104, 618, 1222, 1689, 1925, 2166, 2267, 2517, 2896, 2896}
	fileSince2003Answered  = quantiles{0, 11, 20, 27, 34, 40, 45, 49, 52, 55, 58, 62, 89, 109, 807, 1753, 1788, 1794, 1817, 1817}

	// From the increase to collection; the roll that comes nearest is taken.
	collectedPlain    = quantiles{209, 281, 319, 340, 365, 398, 448, 487, 515, 569, 657, 744, 783, 847, 892, 933, 1031, 1198, 1449, 3331}
	collectedAnswered = quantiles{325, 341, 396, 446, 565, 607, 665, 708, 755, 773, 805, 862, 929, 980, 1014, 1132, 1147, 1337, 1480, 1480}
	collectedJudged   = quantiles{373, 375, 437, 664, 756, 776, 838, 909, 972, 1028, 1125, 1203, 1267, 1357, 1475, 1515, 1515, 1589, 1595, 1595}

	anyStep = quantiles{0, 1, 1, 4, 8, 14, 20, 27, 35, 46, 58, 70, 90, 120, 150, 200, 250, 300, 600, 600} // rare successions
)

// rolls are the eleven days on which the log has collections: the office sends
// its unpaid fines off together, about once a year.
var rolls = [][3]int{{2001, 4, 10}, {2002, 4, 10}, {2003, 1, 10}, {2004, 1, 10}, {2004, 12, 25}, {2006, 2, 28},
	{2007, 2, 28}, {2009, 3, 30}, {2010, 10, 15}, {2012, 3, 26}, {2013, 4, 24}}

// tariff is the minimum and the increased sum of five classes of violation, in
// cents, and the usual and the second charge for sending, from a year on.
type tariff struct {
	from        int
	minimum     [5]int
	increased   [5]int
	expense     [2]int
	usualCharge float64 // share of the first
}

var tariffs = []tariff{
	{2000, [5]int{1878, 3130, 6259, 12519, 31297}, [5]int{3756, 6259, 12519, 25038, 62595}, [2]int{646, 1141}, .65},
	{2001, [5]int{1968, 3280, 6560, 13120, 32800}, [5]int{3936, 6560, 13120, 26240, 65599}, [2]int{671, 1188}, .70},
	{2002, [5]int{1900, 3200, 6500, 13100, 32700}, [5]int{3900, 6550, 13100, 26200, 65550}, [2]int{1000, 1516}, .75},
	{2003, [5]int{1995, 3360, 6825, 13755, 34335}, [5]int{4095, 6877, 13755, 27510, 68827}, [2]int{1000, 1516}, .65},
	{2005, [5]int{2100, 3500, 7100, 14300, 35700}, [5]int{4250, 7150, 14300, 28650, 71650}, [2]int{1100, 1425}, .70},
	{2007, [5]int{2200, 3600, 7400, 14800, 37000}, [5]int{4400, 7400, 14800, 29700, 74250}, [2]int{1300, 1350}, .70},
	{2009, [5]int{2300, 3800, 7800, 15500, 38900}, [5]int{4600, 7750, 15550, 31200, 77950}, [2]int{1350, 1910}, .96},
	{2011, [5]int{2400, 3900, 8000, 15900, 39800}, [5]int{4700, 7950, 15900, 31950, 79800}, [2]int{1500, 2500}, .85},
	{2013, [5]int{2500, 4100, 8400, 16800, 41900}, [5]int{4950, 8400, 16750, 33700, 84100}, [2]int{1600, 3000}, .85},
}

// articles are those most often cited, with the share of each class of tariff
// and of points on the licence.
var articles = []struct {
	number, count int
	classes       weights // of the five of a tariff
	points        int
	pointsShare   float64
}{
	{157, 68074, weights{0, 100, 0, 0, 0}, 0, 0},
	{7, 42849, weights{305, 690, 5, 0, 0}, 0, 0},
	{158, 26990, weights{0, 52, 48, 0, 0}, 2, .06},
	{142, 5766, weights{0, 8, 0, 90, 2}, 5, .17},
	{181, 1319, weights{100, 0, 0, 0, 0}, 0, 0},
	{180, 1134, weights{16, 52, 0, 0, 32}, 0, 0},
	{171, 626, weights{0, 80, 20, 0, 0}, 5, .02},
	{80, 609, weights{0, 0, 0, 90, 10}, 0, 0},
	{172, 440, weights{0, 40, 60, 0, 0}, 5, .41},
	{146, 340, weights{0, 30, 20, 50, 0}, 6, .51},
	{43, 320, weights{0, 80, 20, 0, 0}, 0, 0},
	{193, 265, weights{0, 0, 0, 0, 100}, 5, .02},
	{41, 242, weights{0, 80, 20, 0, 0}, 0, 0},
	{20, 225, weights{0, 50, 50, 0, 0}, 0, 0},
	{23, 159, weights{0, 0, 0, 0, 100}, 0, 0},
	{145, 1012, weights{0, 30, 30, 30, 10}, 3, .15}, // and some fifty others
}

var (
	vehicles        = []string{"A", "C", "M", "R"}
	vehicleCounts   = weights{146712, 2456, 1198, 4}
	lastAddressee   = []string{"P", "N", "C", ""} // absent where ""
	addresseeCounts = weights{46476, 30313, 1440, 1631}
)

// officers is how unevenly the 147 officers fine: the share of the k-th busiest
// falls as 1/(k+officerShift)^officerFall, which fits the log's first forty.
const (
	officers     = 147
	officerShift = 6.0
	officerFall  = 1.35
)

// Shares that depend on how a case went: fines given up by the office (nearly
// all of them sent and nothing more), by the prefect, by the judge.
const (
	givenUpSentOnly = .0238
	givenUpOther    = .0002
	grantedSilently = .632 // appeals neither answered nor followed by a payment
	grantedOther    = .025
	quashedUnpaid   = .57
	quashedPaid     = .008
	byHand          = .0017 // notified by a messenger, not by post
	freeOfCharge    = .0275
)

// The codes of a fine given up by the office, in the log's own letters.
var (
	givenUpCodes  = []string{"A", "T", "D", "I", "N"}
	givenUpCounts = weights{213, 111, 34, 29, 28}
)
