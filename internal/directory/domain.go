package directory

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"slices"
	"time"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// An organization has the domain that follows from its name, and others beside
// it. One of them is primary: claims show it. It is what store/domain.go keeps in
// orgs, and has no row of its own as long as it follows from the name.

// TXTResolver looks up TXT records in DNS, as [net.Resolver] does.
type TXTResolver interface {
	LookupTXT(ctx context.Context, name string) ([]string, error)
}

// lookupTime bounds the proof of a domain.
const lookupTime = 5 * time.Second

// AddOrgDomain gives an organization a further domain. It is verified at once if
// the caller may write the instance; otherwise it must be proved, see
// [Directory.VerifyOrgDomain]. Kinds: AlreadyExists; FailedPrecondition when the
// organization has too many.
func (d *Directory) AddOrgDomain(ctx context.Context, c iam.Caller, orgID, domain string) (iam.OrgDomain, error) {
	var out iam.OrgDomain
	err := d.write(ctx, c, func(tx *store.Tx) error {
		org, err := findOrg(ctx, tx.Reader, c, iam.OrgWrite, orgID)
		if err != nil {
			return err
		}
		out, err = d.addOrgDomain(ctx, tx, c, org, domain)
		return err
	})
	return out, err
}

func (d *Directory) addOrgDomain(ctx context.Context, tx *store.Tx, c iam.Caller, org iam.Org, domain string) (iam.OrgDomain, error) {
	out := iam.OrgDomain{OrgID: org.ID, Verified: !MustProveDomains(c)}
	own, err := tx.OrgDomains(ctx, iam.Reach{All: true}, iam.FieldOrgID.Is(org.ID), iam.Page{Limit: iam.MaxLimit})
	if err != nil {
		return out, err
	}
	is := func(o iam.OrgDomain) bool { return o.Domain == iam.Fold(domain) }
	if slices.ContainsFunc(own.Items, is) { // also the one that follows from the name
		return out, iam.Errorf(iam.AlreadyExists, "DOMAIN-dup1", "the organization has this domain already").At(iam.FieldDomain)
	}
	if out.Domain, err = iam.CheckDomain(domain, d.Host); err != nil {
		return out, err
	}
	if own.Total > iam.MaxOrgDomains { // with the one that follows from the name
		return out, iam.Errorf(iam.FailedPrecondition, "DOMAIN-max1",
			"an organization has at most %d domains beside the one that follows from its name", iam.MaxOrgDomains)
	}
	if out.Verified {
		if err := freeDomain(ctx, tx, out.Domain, org.ID); err != nil {
			return out, err
		}
	}
	if err := tx.AddOrgDomain(&out); err != nil {
		return out, domainTaken(err)
	}
	return out, tx.Record(orgEvent(iam.OrgDomainAdded, org, iam.Change(nil, domainFields(out))))
}

func domainFields(d iam.OrgDomain) iam.Fields {
	return iam.Fields{"domain": d.Domain, "verified": d.Verified}
}

// freeDomain is nil unless a domain is verified, or follows from the name, for
// another organization. Kind: AlreadyExists.
func freeDomain(ctx context.Context, tx *store.Tx, domain, orgID string) error {
	o, err := tx.OrgByDomain(ctx, domain)
	switch {
	case iam.Is(err, iam.NotFound):
		return nil
	case err != nil || o.ID == orgID:
		return err
	}
	return domainTaken(iam.Errorf(iam.AlreadyExists, "DOMAIN-dup2", "taken"))
}

func domainTaken(err error) error {
	return taken(err, iam.FieldDomain, "DOMAIN-dup2", "the domain belongs to another organization")
}

// OrgDomains lists all domains of one organization.
func (d *Directory) OrgDomains(ctx context.Context, c iam.Caller, orgID string, f iam.Filter, page iam.Page) (store.List[iam.OrgDomain], error) {
	page, err := page.Check()
	if err != nil {
		return store.List[iam.OrgDomain]{}, err
	}
	if _, err := findOrg(ctx, d.Store.Read(), c, iam.OrgRead, orgID); err != nil {
		return store.List[iam.OrgDomain]{}, err
	}
	return d.Store.Read().OrgDomains(ctx, iam.Reach{All: true}, both(iam.FieldOrgID.Is(orgID), f), page)
}

// findOrgDomain finds one of an organization's domains, to change it. Kind: NotFound.
func findOrgDomain(ctx context.Context, r store.Reader, c iam.Caller, orgID, domain string) (iam.Org, iam.OrgDomain, error) {
	org, err := findOrg(ctx, r, c, iam.OrgWrite, orgID)
	if err != nil {
		return org, iam.OrgDomain{}, err
	}
	found, err := r.OrgDomain(ctx, orgID, iam.Fold(domain))
	return org, found, err
}

// RemoveOrgDomain takes a domain from an organization. It returns it as it was,
// with the time of its removal as its last change. Kinds: NotFound;
// FailedPrecondition for the primary one, and for the one that follows from the name.
func (d *Directory) RemoveOrgDomain(ctx context.Context, c iam.Caller, orgID, domain string) (iam.OrgDomain, error) {
	var out iam.OrgDomain
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var org iam.Org
		var err error
		if org, out, err = findOrgDomain(ctx, tx.Reader, c, orgID, domain); err != nil {
			return err
		}
		switch {
		case out.Primary:
			return iam.Errorf(iam.FailedPrecondition, "DOMAIN-prim1", "the primary domain cannot be removed; make another one primary first").
				At(iam.FieldDomain)
		case out.Domain == iam.PrimaryDomain(org.Name, d.Host):
			return iam.Errorf(iam.FailedPrecondition, "DOMAIN-name1", "the domain follows from the organization's name and cannot be removed").
				At(iam.FieldDomain)
		}
		if err := tx.RemoveOrgDomain(orgID, out.Domain); err != nil {
			return err
		}
		out.Meta = tx.Stamp(out.Meta)
		return tx.Record(orgEvent(iam.OrgDomainRemoved, org, iam.Change(domainFields(out), nil)))
	})
	return out, err
}

// SetPrimaryOrgDomain makes one of an organization's domains the primary one.
// Kinds: NotFound; FailedPrecondition for one that is not verified.
func (d *Directory) SetPrimaryOrgDomain(ctx context.Context, c iam.Caller, orgID, domain string) (iam.Org, error) {
	var org iam.Org
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var chosen iam.OrgDomain
		var err error
		if org, chosen, err = findOrgDomain(ctx, tx.Reader, c, orgID, domain); err != nil {
			return err
		}
		switch {
		case chosen.Primary:
			return unchanged("primary domain")
		case !chosen.Verified:
			return iam.Errorf(iam.FailedPrecondition, "DOMAIN-unv1", "the domain is not verified").At(iam.FieldDomain)
		}
		kept, err := tx.HasDomainRow(ctx, orgID, org.PrimaryDomain)
		if err != nil {
			return err
		}
		if !kept { // it follows from the name, and stays
			old := iam.OrgDomain{OrgID: orgID, Domain: org.PrimaryDomain, Verified: true, Meta: iam.Meta{Created: org.Created}}
			if err := tx.AddOrgDomain(&old); err != nil {
				return domainTaken(err)
			}
		}
		if chosen.Domain == iam.PrimaryDomain(org.Name, d.Host) {
			if err := tx.RemoveOrgDomain(orgID, chosen.Domain); err != nil {
				return err
			}
		}
		before := iam.Fields{"domain": org.PrimaryDomain}
		org.PrimaryDomain = chosen.Domain
		if err := tx.SetOrg(&org); err != nil {
			return domainTaken(err)
		}
		return tx.Record(orgEvent(iam.OrgDomainPrimary, org, iam.Change(before, iam.Fields{"domain": org.PrimaryDomain})))
	})
	return org, err
}

// ChallengeOrgDomain makes a token that the owner of a domain puts into the TXT
// record that [iam.ChallengeRecord] names. One that was made before no longer
// counts. Kinds: NotFound; FailedPrecondition for a domain that is verified.
func (d *Directory) ChallengeOrgDomain(ctx context.Context, c iam.Caller, orgID, domain string) (iam.OrgDomain, error) {
	var out iam.OrgDomain
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var org iam.Org
		var err error
		if org, out, err = findOrgDomain(ctx, tx.Reader, c, orgID, domain); err != nil {
			return err
		}
		if out.Verified {
			return domainVerified()
		}
		out.Challenge = rand.Text()
		if err := tx.SetOrgDomain(&out); err != nil {
			return err
		}
		return tx.Record(orgEvent(iam.OrgDomainChallenged, org, iam.Change(nil, iam.Fields{"domain": out.Domain})))
	})
	return out, err
}

func domainVerified() error {
	return iam.Errorf(iam.FailedPrecondition, "DOMAIN-ver1", "the domain is verified already").At(iam.FieldDomain)
}

// VerifyOrgDomain asks DNS for the token of [Directory.ChallengeOrgDomain].
// Kinds: NotFound; FailedPrecondition for a domain that is verified, or without
// such a token, or whose record does not hold it; AlreadyExists when another
// organization has proved it; Unavailable when DNS does not answer, and when
// too many domains are being proved; Aborted when
// another token was made meanwhile.
func (d *Directory) VerifyOrgDomain(ctx context.Context, c iam.Caller, orgID, domain string) (iam.OrgDomain, error) {
	_, out, err := findOrgDomain(ctx, d.Store.Read(), c, orgID, domain)
	switch {
	case err != nil:
		return out, err
	case out.Verified:
		return out, domainVerified()
	case out.Challenge == "":
		return out, iam.Errorf(iam.FailedPrecondition, "DOMAIN-chal1", "no token was generated for the domain").At(iam.FieldDomain)
	}
	if err := d.proveDomain(ctx, out); err != nil {
		return out, err
	}
	proved := out.Challenge
	err = d.write(ctx, c, func(tx *store.Tx) error {
		var org iam.Org
		var err error
		if org, out, err = findOrgDomain(ctx, tx.Reader, c, orgID, domain); err != nil {
			return err
		}
		switch {
		case out.Verified:
			return domainVerified()
		case out.Challenge != proved:
			return iam.Errorf(iam.Aborted, "DOMAIN-chal2", "another token was generated for the domain meanwhile")
		}
		if err := freeDomain(ctx, tx, out.Domain, orgID); err != nil {
			return err
		}
		out.Verified, out.Challenge = true, ""
		if err := tx.SetOrgDomain(&out); err != nil {
			return domainTaken(err)
		}
		return tx.Record(orgEvent(iam.OrgDomainVerified, org, iam.Change(nil, domainFields(out))))
	})
	return out, err
}

// proveDomain looks whether DNS holds the token of a domain.
func (d *Directory) proveDomain(ctx context.Context, domain iam.OrgDomain) error {
	if d.DNS == nil {
		return iam.Errorf(iam.Unimplemented, "DOMAIN-dns1", "this server does not ask DNS")
	}
	leave, err := d.lookups.take(ctx)
	if err != nil {
		return busy(err, "DOMAIN-busy1", "too many domains are being proved at once")
	}
	defer leave()
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	record := iam.ChallengeRecord(domain.Domain)
	texts, err := d.DNS.LookupTXT(ctx, record+".") // absolute: no search list
	if no, ok := errors.AsType[*net.DNSError](err); err != nil && (!ok || !no.IsNotFound) {
		return &iam.Error{Kind: iam.Unavailable, ID: "DOMAIN-dns2", Message: "DNS does not answer for the domain", Err: err}
	}
	if !slices.Contains(texts, domain.Challenge) {
		return iam.Errorf(iam.FailedPrecondition, "DOMAIN-txt1", "DNS has no TXT record %s with the token", record).At(iam.FieldDomain)
	}
	return nil
}

// moveDomain gives an organization that is being renamed the domain that follows
// from its new name instead of that of its old one. It becomes primary if the old one is.
func (d *Directory) moveDomain(ctx context.Context, tx *store.Tx, org *iam.Org, name string) error {
	from, to := iam.PrimaryDomain(org.Name, d.Host), iam.PrimaryDomain(name, d.Host)
	if err := freeDomain(ctx, tx, to, org.ID); err != nil {
		return err
	}
	another, err := tx.HasDomainRow(ctx, org.ID, org.PrimaryDomain)
	if err != nil || another && from == to {
		return err
	}
	if another {
		if err := dropDomain(tx, *org, from); err != nil {
			return err
		}
	}
	there, err := tx.HasDomainRow(ctx, org.ID, to)
	switch {
	case err != nil:
		return err
	case !another:
		org.PrimaryDomain = to
		if there { // added while the issuer's host was another one
			return dropDomain(tx, *org, to)
		}
	case !there:
		moved := iam.OrgDomain{OrgID: org.ID, Domain: to, Verified: true}
		if err := tx.AddOrgDomain(&moved); err != nil {
			return err
		}
		return tx.Record(orgEvent(iam.OrgDomainAdded, *org, iam.Change(nil, domainFields(moved))))
	}
	return nil
}

// dropDomain removes the row of a domain, if there is one.
func dropDomain(tx *store.Tx, org iam.Org, domain string) error {
	err := tx.RemoveOrgDomain(org.ID, domain)
	if iam.Is(err, iam.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.Record(orgEvent(iam.OrgDomainRemoved, org, iam.Change(iam.Fields{"domain": domain}, nil)))
}

// MustProveDomains reports whether the domains that the caller adds to an
// organization have to be proved: those of managers of the instance need not.
func MustProveDomains(c iam.Caller) bool { return !c.In("").Can(iam.InstanceSet, iam.Target{}) }
