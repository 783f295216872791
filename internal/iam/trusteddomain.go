package iam

// TrustedDomain is a host under which others may show what they do with the
// instance; it is kept and read back.
type TrustedDomain struct {
	Domain string // folded
	Meta
}

// ReadHost reads the name of a host, and folds it. Kind: InvalidArgument.
func ReadHost(domain string) (string, error) {
	if !isHost(domain) {
		return "", Errorf(InvalidArgument, "DOM-form1",
			"a domain must be a host name such as www.example.com: labels of letters, digits and hyphens, joined by dots").At(FieldDomain)
	}
	return Fold(domain), nil
}
