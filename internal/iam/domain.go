package iam

import "strings"

// OrgDomain is one domain of an organization. Verified ones are unique in the
// instance. The one that follows from the organization's name is always there.
type OrgDomain struct {
	OrgID    string
	Domain   string // folded
	Verified bool
	Primary  bool
	// Challenge is what a DNS record must hold to prove the domain; empty while none was asked for.
	Challenge string
	Meta
}

const (
	// MaxDomain bounds a domain in bytes (RFC 1035 section 2.3.4, without the root's dot).
	MaxDomain = 253
	maxLabel  = 63
	// MaxOrgDomains bounds how many domains an organization has beside the one that follows from its name.
	MaxOrgDomains = 100
)

// ChallengeRecord is the name of the TXT record by which a domain is proved.
func ChallengeRecord(domain string) string { return "_zitadel-challenge." + domain }

// CheckDomain folds a domain and says whether an organization may add it: a
// host name of at least two labels (RFC 1123 section 2.1), of which the last is not
// a number, and not the issuer's host or below it, where domains follow from names.
// Kind: InvalidArgument.
func CheckDomain(domain, host string) (string, error) {
	if !isHostName(domain) {
		return "", Errorf(InvalidArgument, "DOMAIN-syn1",
			"the domain must be a host name like example.com, of at most %d letters, digits, dashes and dots; others in their xn-- form", MaxDomain).
			At(FieldDomain)
	}
	domain = Fold(domain)
	if host = Fold(host); domain == host || strings.HasSuffix(domain, "."+host) {
		return "", Errorf(InvalidArgument, "DOMAIN-host",
			"domains at or under %s follow from the names of organizations and cannot be added", host).At(FieldDomain)
	}
	return domain, nil
}

func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	return isHost(s) && len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// isHost reports labels as in a host name, joined by dots, also a single one.
func isHost(s string) bool {
	if len(s) > MaxDomain {
		return false
	}
	for l := range strings.SplitSeq(s, ".") {
		if l == "" || len(l) > maxLabel || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, notHostRune) {
			return false
		}
	}
	return true
}

func notHostRune(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
