// Command kubernetes decodes objects strictly by Kubernetes' own Go types: a field that the types do not know, a key
// that stands twice and a value of the wrong type are refused. It reads the FILEs named, each a stream of documents.
//
// Prints a line `ok|unknown FILE GROUP/VERSION KIND` for each object; complaints go to standard error as
// `FILE: KIND NAME: message`. Exit status: 0 when all is well, 1 when an object is refused, 2 on a wrong call or an
// unreadable FILE. An object of a kind that Kubernetes does not have is no error here: it belongs to another tool.
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	kjson "sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kubernetes FILE...")
		os.Exit(2)
	}
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme,
		policyv1.AddToScheme, rbacv1.AddToScheme, schedulingv1.AddToScheme, storagev1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	status := 0
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		if !check(scheme, name, text) {
			status = 1
		}
	}
	os.Exit(status)
}

// check decodes every document of a stream, and returns whether all of them fit their types.
func check(scheme *runtime.Scheme, name string, text []byte) bool {
	fits := true
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return fits
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			return false
		}
		var head struct {
			metav1.TypeMeta `json:",inline"`
			Metadata        struct {
				Name string `json:"name"`
			} `json:"metadata"`
		}
		if err := yaml.Unmarshal(document, &head); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
			fits = false
			continue
		}
		if head.Kind == "" && head.APIVersion == "" {
			continue
		}
		kind := head.GroupVersionKind()
		object, err := scheme.New(kind)
		if runtime.IsNotRegisteredError(err) {
			fmt.Printf("unknown %s %s %s\n", name, head.APIVersion, head.Kind)
			continue
		}
		if err == nil {
			err = strictly(document, object)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %s %s: %v\n", name, head.Kind, head.Metadata.Name, err)
			fits = false
			continue
		}
		fmt.Printf("ok %s %s %s\n", name, head.APIVersion, head.Kind)
	}
}

// strictly decodes as the API server does: by the case of letters too, which encoding/json would not heed.
func strictly(document []byte, object any) error {
	data, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return err
	}
	wrong, err := kjson.UnmarshalStrict(data, object)
	return errors.Join(append(wrong, err)...)
}
