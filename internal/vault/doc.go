// Package vault keeps who reported something sealed, so that it takes two persons to
// learn it, and the server can't.
//
// What is sealed is made where somebody types it in, not on the server: [Seal]
// encrypts the identity to a fresh key of age, together with what it is of, and splits
// that key among the custodians, so that any two can restore it and one learns nothing
// (shamir.go). Each share is encrypted to a key whose private half only its custodian
// has. So the record holds nothing that it could open by itself.
//
// [Keeper] is the server's side. A custodian asks for an opening with a reason, another
// approves it (package approval), and for a day those two can fetch what is encrypted
// and their own share; each time is written down before anything is handed out. One of
// them hands their share on ([Hand]), the other puts both together ([Open]) – at their
// own machines. The same two can split the key anew where custodians have changed
// ([Resplit]).
//
// docs/identities.md says what this protects from, and from whom not.
package vault
