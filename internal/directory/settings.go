package directory

import (
	"context"
	"slices"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// SettingMeta is whose settings these are, and when they were changed. Those
// that never were are as since the instance was made.
type SettingMeta struct {
	InstanceID string
	iam.Meta
}

// setting reads settings of the instance; those that were never set are as in usual.
func setting[T any](ctx context.Context, r store.Reader, name iam.SettingName, usual T) (T, SettingMeta, error) {
	i, err := r.Instance(ctx)
	if err != nil {
		return usual, SettingMeta{}, err
	}
	m := SettingMeta{InstanceID: i.ID, Meta: iam.Meta{Created: i.Created, Changed: i.Created}}
	v := usual
	known, err := r.Setting(ctx, name, &v)
	if iam.Is(err, iam.NotFound) {
		return usual, m, nil
	}
	m.Meta = known
	return v, m, err
}

// Lifetimes reads how long tokens are good; what is known of the change is that of the instance.
func (d *Directory) Lifetimes(ctx context.Context, c iam.Caller) (iam.Instance, error) {
	if err := c.Require(iam.InstanceRead, iam.Target{}); err != nil {
		return iam.Instance{}, err
	}
	return d.Instance(ctx, c)
}

// AddLifetimes is for clients that think that an instance has no lifetimes yet.
// Kind: AlreadyExists.
func (d *Directory) AddLifetimes(c iam.Caller) error {
	if err := c.Require(iam.InstanceSet, iam.Target{}); err != nil {
		return err
	}
	return iam.Errorf(iam.AlreadyExists, "INST-oidc1", "the OIDC settings exist since the instance was set up: update them")
}

// SetLifetimes changes how long the tokens are good that are issued from now on.
// Kinds: InvalidArgument, Unchanged.
func (d *Directory) SetLifetimes(ctx context.Context, c iam.Caller, to iam.Lifetimes) (iam.Instance, error) {
	var i iam.Instance
	err := d.write(ctx, c, func(tx *store.Tx) error {
		var err error
		if i, err = instanceToChange(ctx, tx, c, iam.InstanceSet); err != nil {
			return err
		}
		if err := to.Check(); err != nil {
			return err
		}
		before, after, changed := iam.Diff(lifetimeFields(i.Lifetimes()), lifetimeFields(to))
		if !changed {
			return unchanged("OIDC settings")
		}
		i.SetLifetimes(to)
		if err := tx.SetInstance(&i); err != nil {
			return err
		}
		return tx.Record(instanceEvent(iam.OIDCSettingsChanged, i, iam.Change(before, after)))
	})
	return withoutKeys(i), err
}

func lifetimeFields(l iam.Lifetimes) iam.Fields {
	return iam.Fields{
		"accessTokenLifetime": l.AccessToken.String(), "idTokenLifetime": l.IDToken.String(),
		"refreshTokenIdleExpiration": l.RefreshTokenIdle.String(), "refreshTokenExpiration": l.RefreshToken.String(),
	}
}

// Security reads how the instance protects its users.
func (d *Directory) Security(ctx context.Context, c iam.Caller) (iam.Security, SettingMeta, error) {
	if err := c.Require(iam.InstancePolicyRead, iam.Target{}); err != nil {
		return iam.Security{}, SettingMeta{}, err
	}
	return setting(ctx, d.Store.Read(), iam.SecuritySetting, iam.Security{})
}

// SetSecurity changes how the instance protects its users, as a whole. Kinds:
// InvalidArgument, Unchanged.
func (d *Directory) SetSecurity(ctx context.Context, c iam.Caller, to iam.Security) (SettingMeta, error) {
	to.AllowedOrigins = append([]string{}, to.AllowedOrigins...) // one form for none
	var m SettingMeta
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.InstancePolicyWrite)
		if err != nil {
			return err
		}
		if err := to.Check(); err != nil {
			return err
		}
		var from iam.Security
		if from, m, err = setting(ctx, tx.Reader, iam.SecuritySetting, iam.Security{}); err != nil {
			return err
		}
		from.AllowedOrigins = append([]string{}, from.AllowedOrigins...)
		before, after, changed := iam.Diff(securityFields(from), securityFields(to))
		if !changed {
			return unchanged("security settings")
		}
		if m.Meta, err = tx.SetSetting(iam.SecuritySetting, to, m.Meta); err != nil {
			return err
		}
		return tx.Record(instanceEvent(iam.SecuritySettingsSet, i, iam.Change(before, after)))
	})
	return m, err
}

func securityFields(s iam.Security) iam.Fields {
	return iam.Fields{"embeddedIframe": s.EmbeddedIframe, "allowedOrigins": s.AllowedOrigins, "impersonation": s.Impersonation}
}

// SecretGenerator is one of the instance's, and since when it is so.
type SecretGenerator struct {
	Type iam.SecretGeneratorType
	iam.SecretGenerator
	SettingMeta
}

// SecretGenerators lists the secret generators, in the order of their types or
// the reverse. They can be filtered by [iam.FieldName], which is their type.
func (d *Directory) SecretGenerators(ctx context.Context, c iam.Caller, f iam.Filter, page iam.Page) (store.List[SecretGenerator], error) {
	var out store.List[SecretGenerator]
	if err := c.Require(iam.InstanceRead, iam.Target{}); err != nil {
		return out, err
	}
	page, err := page.Check()
	if err != nil {
		return out, err
	}
	var all []SecretGenerator
	for _, t := range iam.SecretGeneratorTypes() {
		wanted, err := f.Accepts(func(field iam.Field) (string, bool) { return string(t), field == iam.FieldName })
		if err != nil {
			return out, err
		}
		if !wanted {
			continue
		}
		g := SecretGenerator{Type: t}
		if g.SecretGenerator, g.SettingMeta, err = setting(ctx, d.Store.Read(), t.Setting(), t.Default()); err != nil {
			return out, err
		}
		all = append(all, g)
	}
	return pageOf(all, page), nil
}

// pageOf is one page of a list that is held as a whole, in ascending order.
func pageOf[T any](all []T, page iam.Page) store.List[T] {
	if !page.Asc {
		all = slices.Clone(all)
		slices.Reverse(all)
	}
	total := uint64(len(all))
	from := min(page.Offset, total)
	return store.List[T]{Items: all[from:min(from+page.Limit, total)], Total: total}
}

// SecretGenerator finds a secret generator.
func (d *Directory) SecretGenerator(ctx context.Context, c iam.Caller, t iam.SecretGeneratorType) (SecretGenerator, error) {
	g := SecretGenerator{Type: t}
	err := c.Require(iam.InstanceRead, iam.Target{})
	if err == nil {
		g.SecretGenerator, g.SettingMeta, err = setting(ctx, d.Store.Read(), t.Setting(), t.Default())
	}
	return g, err
}

// SetSecretGenerator changes a secret generator. Kinds: InvalidArgument, Unchanged.
func (d *Directory) SetSecretGenerator(ctx context.Context, c iam.Caller, t iam.SecretGeneratorType, to iam.SecretGenerator) (SettingMeta, error) {
	var m SettingMeta
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.InstanceSet)
		if err != nil {
			return err
		}
		if err := to.Check(); err != nil {
			return err
		}
		var from iam.SecretGenerator
		if from, m, err = setting(ctx, tx.Reader, t.Setting(), t.Default()); err != nil {
			return err
		}
		before, after, changed := iam.Diff(generatorFields(from), generatorFields(to))
		if !changed {
			return unchanged("secret generator")
		}
		if m.Meta, err = tx.SetSetting(t.Setting(), to, m.Meta); err != nil {
			return err
		}
		before["type"], after["type"] = t, t
		return tx.Record(instanceEvent(iam.SecretGeneratorChanged, i, iam.Change(before, after)))
	})
	return m, err
}

func generatorFields(g iam.SecretGenerator) iam.Fields {
	return iam.Fields{
		"length": g.Length, "expires": g.Expiry.String(), "lower": g.Lower, "upper": g.Upper, "digits": g.Digits, "symbols": g.Symbols,
	}
}

// General is what clients of the instance may ask of it beforehand.
type General struct {
	DefaultOrgID string
	Language     string // of its pages
}

// General describes the instance to callers that may read any policy. Kind:
// PermissionDenied.
func (d *Directory) General(ctx context.Context, c iam.Caller) (General, error) {
	i, err := d.policies(ctx, c, "")
	return General{DefaultOrgID: i.DefaultOrgID, Language: "en"}, err
}

// Policies lets callers look at what holds for the users of an organization,
// or of the instance if orgID is empty: none of it can be changed. It returns the
// instance, whose policies they are. Kinds: NotFound for an organization
// that the caller may not look at; PermissionDenied for one that may look at none.
func (d *Directory) Policies(ctx context.Context, c iam.Caller, orgID string) (iam.Instance, error) {
	return d.policies(ctx, c, orgID)
}

func (d *Directory) policies(ctx context.Context, c iam.Caller, orgID string) (iam.Instance, error) {
	switch {
	case c.Nobody():
		return iam.Instance{}, nobody()
	case orgID != "":
		if _, err := findOrg(ctx, d.Store.Read(), c, iam.PolicyRead, orgID); err != nil {
			return iam.Instance{}, err
		}
	default:
		if r := c.Reach(iam.PolicyRead); !r.All && len(r.OrgIDs) == 0 {
			return iam.Instance{}, c.Require(iam.PolicyRead, iam.Target{OrgID: c.OrgID()})
		}
	}
	return d.Instance(ctx, c)
}
