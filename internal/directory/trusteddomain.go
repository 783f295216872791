package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// TrustedDomains lists the trusted domains of the instance, which it returns
// beside them. Kind: NotFound for another instance.
func (d *Directory) TrustedDomains(ctx context.Context, c iam.Caller, id string, f iam.Filter, page iam.Page) (iam.Instance, store.List[iam.TrustedDomain], error) {
	var out store.List[iam.TrustedDomain]
	i, err := d.instanceToRead(ctx, c, id)
	if err != nil {
		return i, out, err
	}
	if page, err = page.Check(); err != nil {
		return i, out, err
	}
	out, err = d.Store.Read().TrustedDomains(ctx, f, page)
	return i, out, err
}

// AddTrustedDomain adds a trusted domain. Kinds: InvalidArgument; AlreadyExists,
// also for the issuer's own host.
func (d *Directory) AddTrustedDomain(ctx context.Context, c iam.Caller, id, domain string) (iam.TrustedDomain, error) {
	var t iam.TrustedDomain
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.InstanceSet)
		if err != nil {
			return err
		}
		if err := sameInstance(i, iam.InstanceSet, id); err != nil {
			return err
		}
		t = iam.TrustedDomain{}
		if t.Domain, err = iam.ReadHost(domain); err != nil {
			return err
		}
		if t.Domain == iam.Fold(d.Host) {
			return iam.Errorf(iam.AlreadyExists, "DOMAIN-own1x", "%s is the host of the instance itself", t.Domain).At(iam.FieldDomain)
		}
		if err := tx.AddTrustedDomain(&t); err != nil {
			return taken(err, iam.FieldDomain, "DOMAIN-dup1x", "the domain is trusted already")
		}
		return tx.Record(instanceEvent(iam.TrustedDomainAdded, i, iam.Change(nil, iam.Fields{"domain": t.Domain})))
	})
	return t, err
}

// RemoveTrustedDomain removes a trusted domain. Kind: NotFound where it is none.
func (d *Directory) RemoveTrustedDomain(ctx context.Context, c iam.Caller, id, domain string) (iam.TrustedDomain, error) {
	var t iam.TrustedDomain
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.InstanceSet)
		if err != nil {
			return err
		}
		if err := sameInstance(i, iam.InstanceSet, id); err != nil {
			return err
		}
		if t, err = tx.TrustedDomain(ctx, iam.Fold(domain)); err != nil {
			return err
		}
		if err := tx.RemoveTrustedDomain(t.Domain); err != nil {
			return err
		}
		t.Meta = tx.Stamp(t.Meta)
		return tx.Record(instanceEvent(iam.TrustedDomainRemoved, i, iam.Change(iam.Fields{"domain": t.Domain}, nil)))
	})
	return t, err
}
