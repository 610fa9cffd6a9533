package main

import (
	"context"
	"log"
	"time"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset/scheme"
	"k8s.io/apiserver/pkg/admission/plugin/policy/validating"
	"k8s.io/apiserver/pkg/cel/openapi/resolver"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/kubernetes/pkg/controller/validatingadmissionpolicystatus"
	"k8s.io/kubernetes/pkg/generated/openapi"
)

// reportTypes runs the one controller that tests need: it type-checks each ValidatingAdmissionPolicy against the
// schemas of the kinds it matches and writes what it finds, and the generation it has seen, to the policy's status.
func reportTypes(ctx context.Context, address string) {
	client := kubernetes.NewForConfigOrDie(&rest.Config{
		Host:            "https://" + address,
		BearerToken:     "test",
		TLSClientConfig: rest.TLSClientConfig{Insecure: true},
	})
	for client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() != nil {
		time.Sleep(100 * time.Millisecond)
	}
	types := resolver.NewDefinitionsSchemaResolver(openapi.GetOpenAPIDefinitions, scheme.Scheme, apiextensions.Scheme)
	checker := &validating.TypeChecker{
		SchemaResolver: types.Combine(&resolver.ClientDiscoveryResolver{Discovery: client.Discovery()}),
		RestMapper:     restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery())),
	}
	watched := informers.NewSharedInformerFactory(client, 0)
	controller, err := validatingadmissionpolicystatus.NewController(
		watched.Admissionregistration().V1().ValidatingAdmissionPolicies(),
		client.AdmissionregistrationV1().ValidatingAdmissionPolicies(),
		checker,
	)
	if err != nil {
		log.Fatal(err)
	}
	watched.Start(ctx.Done())
	controller.Run(ctx, 1)
}
