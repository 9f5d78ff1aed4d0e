using System.Reflection;
using Google.Protobuf.Reflection;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Tests;

public sealed class ServiceMethodsTests
{
    public static TheoryData<Type, string> Services => new()
    {
        { typeof(HistoryMethods), "HistoryService" },
        { typeof(BlobMethods), "BlobService" },
        { typeof(AdminMethods), "AdminService" },
        { typeof(OperationsMethods), "OperationsService" },
    };

    [Theory]
    [MemberData(nameof(Services))]
    public void Methods_are_those_of_the_proto_file(Type methods, string service)
    {
        ServiceDescriptor described = new[] { HistoryReflection.Descriptor, BlobsReflection.Descriptor, AdminReflection.Descriptor, OperationsReflection.Descriptor }
            .SelectMany(file => file.Services).Single(s => s.Name == service);
        Assert.Equal(described.FullName, methods.GetField("ServiceName")!.GetValue(null));
        Assert.Equal(
            described.Methods.Select(m => $"{m.Name} {m.IsClientStreaming} {m.IsServerStreaming} {m.InputType.Name} {m.OutputType.Name}").Order(),
            methods.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => !f.IsLiteral).Select(Describe).Order());
    }

    private static string Describe(FieldInfo field)
    {
        object method = field.GetValue(null)!;
        Type type = method.GetType();
        Assert.Equal(field.Name, type.GetProperty("Name")!.GetValue(method));
        RpcMethodKind kind = (RpcMethodKind)type.GetProperty("Kind")!.GetValue(method)!;
        Type[] messages = type.GetGenericArguments();
        return $"{field.Name} {kind is RpcMethodKind.ClientStreaming or RpcMethodKind.Duplex} {kind is RpcMethodKind.ServerStreaming or RpcMethodKind.Duplex} {messages[0].Name} {messages[1].Name}";
    }
}
