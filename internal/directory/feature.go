package directory

import (
	"context"

	"github.com/latchkey-iam/latchkey/internal/iam"
	"github.com/latchkey-iam/latchkey/internal/store"
)

// Features reads which features were set. Everyone who is a caller may know.
func (d *Directory) Features(ctx context.Context, c iam.Caller) (iam.Features, SettingMeta, error) {
	if c.Nobody() {
		return iam.Features{}, SettingMeta{}, nobody()
	}
	return setting(ctx, d.Store.Read(), iam.FeaturesSetting, iam.Features{})
}

// SetFeatures sets the features that are given, and leaves the others. Kinds:
// InvalidArgument, also where none is given; Unchanged.
func (d *Directory) SetFeatures(ctx context.Context, c iam.Caller, given iam.Features) (SettingMeta, error) {
	var m SettingMeta
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.FeatureWrite)
		if err != nil {
			return err
		}
		if given.Empty() {
			return iam.Errorf(iam.InvalidArgument, "FEAT-none1", "no feature is given that is to be set")
		}
		if err := given.Check(); err != nil {
			return err
		}
		var from iam.Features
		if from, m, err = setting(ctx, tx.Reader, iam.FeaturesSetting, iam.Features{}); err != nil {
			return err
		}
		to := from.With(given)
		before, after, changed := iam.Diff(from.Fields(), to.Fields())
		if !changed {
			return unchanged("features")
		}
		if m.Meta, err = tx.SetSetting(iam.FeaturesSetting, to, m.Meta); err != nil {
			return err
		}
		return tx.Record(instanceEvent(iam.FeaturesSet, i, iam.Change(before, after)))
	})
	return m, err
}

// ResetFeatures forgets all features that were set. Kind: Unchanged where there are none.
func (d *Directory) ResetFeatures(ctx context.Context, c iam.Caller) (SettingMeta, error) {
	var m SettingMeta
	err := d.write(ctx, c, func(tx *store.Tx) error {
		i, err := instanceToChange(ctx, tx, c, iam.FeatureDelete)
		if err != nil {
			return err
		}
		var from iam.Features
		if from, m, err = setting(ctx, tx.Reader, iam.FeaturesSetting, iam.Features{}); err != nil {
			return err
		}
		if from.Empty() {
			return unchanged("features")
		}
		if err := tx.RemoveSetting(iam.FeaturesSetting); err != nil {
			return err
		}
		m.Meta = tx.Stamp(m.Meta)
		return tx.Record(instanceEvent(iam.FeaturesReset, i, iam.Change(from.Fields(), nil)))
	})
	return m, err
}
