package iam

import (
	"slices"
	"strings"
)

// Accepts applies the filter to an object that no database holds. value
// returns the object's fields, and false for one that it does not have. Times
// are not compared. Kind: InvalidArgument for what cannot be compared so.
func (f Filter) Accepts(value func(Field) (string, bool)) (bool, error) {
	if err := f.Check(); err != nil {
		return false, err
	}
	return f.accepts(value)
}

func (f Filter) accepts(value func(Field) (string, bool)) (bool, error) {
	switch {
	case f.Not != nil:
		ok, err := f.Not.accepts(value)
		return !ok, err
	case f.All != nil:
		every := true
		for _, sub := range f.All {
			ok, err := sub.accepts(value)
			if err != nil {
				return false, err
			}
			every = every && ok
		}
		return every, nil
	case f.Any != nil:
		some := false
		for _, sub := range f.Any {
			ok, err := sub.accepts(value)
			if err != nil {
				return false, err
			}
			some = some || ok
		}
		return some, nil
	case f.Field == "":
		return true, nil
	}
	have, ok := value(f.Field)
	if !ok {
		return false, Errorf(InvalidArgument, "LIST-fld1x", "this list cannot be filtered by %q", string(f.Field))
	}
	return f.compares(have)
}

func (f Filter) compares(have string) (bool, error) {
	text := f.Text
	switch f.Match {
	case EqualsFold, StartsWithFold, ContainsFold, EndsWithFold:
		have, text = Fold(have), Fold(text)
	}
	switch f.Match {
	case Equals, EqualsFold:
		return have == text, nil
	case StartsWith, StartsWithFold:
		return strings.HasPrefix(have, text), nil
	case Contains, ContainsFold:
		return strings.Contains(have, text), nil
	case EndsWith, EndsWithFold:
		return strings.HasSuffix(have, text), nil
	case OneOf:
		return slices.Contains(f.Values, have), nil
	}
	return false, Errorf(InvalidArgument, "LIST-cmp1x", "%q cannot be compared in this way", string(f.Field))
}
