package main

import (
	"encoding/json"
	"os"
	"path"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// table is how every kind is written in JSON: for each kind its type, for each type its fields. Only kinds that are
// stored are in it, in their stable versions.
//
// A field is "+" where it is always there, "~" where it is there as null, "-" where it is left out when it has the zero
// of its type, "?" where both can be told apart, and then what it holds: s, i, f, b for a string, an integer, a number
// and a boolean, y for bytes, q for a quantity, p for an integer or a string, "[" and "{" before what a list or a map
// holds, "@" before the name of a type, x for anything else.
type table struct {
	Kinds map[string]string            `json:"kinds"`
	Types map[string]map[string]string `json:"types"`
}

var (
	port        = reflect.TypeOf(intstr.IntOrString{})
	moment      = reflect.TypeOf(metav1.Time{})
	microMoment = reflect.TypeOf(metav1.MicroTime{})
	quantity    = reflect.TypeOf(resource.Quantity{})
	marshaler   = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	unversioned = map[string]bool{"ListOptions": true, "DeleteOptions": true, "CreateOptions": true, "GetOptions": true,
		"PatchOptions": true, "UpdateOptions": true, "WatchEvent": true}
)

func writeTypes() error {
	found := table{map[string]string{}, map[string]map[string]string{}}
	for kind, typ := range legacyscheme.Scheme.AllKnownTypes() {
		stored := typ.Kind() == reflect.Struct && hasField(typ, "ObjectMeta")
		if kind.Version == runtime.APIVersionInternal || unversioned[kind.Kind] || !stored {
			continue
		}
		if strings.Contains(kind.Version, "alpha") || strings.Contains(kind.Version, "beta") {
			continue
		}
		version, name := kind.GroupVersion().String(), kind.Kind
		found.Kinds[version+" "+name] = found.add(typ)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "")
	return encoder.Encode(found)
}

func hasField(typ reflect.Type, name string) bool {
	_, has := typ.FieldByName(name)
	return has
}

func (t table) add(typ reflect.Type) string {
	parts := strings.Split(typ.PkgPath(), "/")
	name := path.Join(parts[len(parts)-min(2, len(parts)):]...) + "." + typ.Name()
	if _, known := t.Types[name]; !known {
		fields := map[string]string{}
		t.Types[name] = fields
		t.fields(typ, fields)
	}
	return name
}

func (t table) fields(typ reflect.Type, fields map[string]string) {
	for i := range typ.NumField() {
		field := typ.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() {
			continue
		}
		if strings.Contains(options, "inline") || (field.Anonymous && name == "") {
			t.fields(field.Type, fields)
			continue
		}
		fields[name] = mode(field.Type, options) + t.held(field.Type)
	}
}

func mode(typ reflect.Type, options string) string {
	omitted := strings.Contains(options, "omitempty")
	switch {
	case strings.Contains(options, "omitzero"):
		return "?"
	case typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Interface:
		if omitted {
			return "?"
		}
		return "~"
	case typ == moment || typ == microMoment:
		return "~"
	case typ.Kind() == reflect.Struct:
		return "+"
	case omitted:
		return "-"
	}
	return "+"
}

func (t table) held(typ reflect.Type) string {
	if typ == quantity {
		return "q"
	}
	if typ == port {
		return "p"
	}
	if typ.Kind() == reflect.Pointer {
		return t.held(typ.Elem())
	}
	if typ.Implements(marshaler) || reflect.PointerTo(typ).Implements(marshaler) {
		return "x"
	}
	switch typ.Kind() {
	case reflect.String:
		return "s"
	case reflect.Bool:
		return "b"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint8, reflect.Uint64:
		return "i"
	case reflect.Float32, reflect.Float64:
		return "f"
	case reflect.Slice:
		if typ.Elem().Kind() == reflect.Uint8 {
			return "y"
		}
		return "[" + t.held(typ.Elem())
	case reflect.Map:
		return "{" + t.held(typ.Elem())
	case reflect.Struct:
		return "@" + t.add(typ)
	}
	return "x"
}
