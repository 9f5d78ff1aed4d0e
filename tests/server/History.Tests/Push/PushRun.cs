using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;
using Monorepo.Storage;

namespace Monorepo.History.Tests.Push;

/// <summary>Pushes of a test, and what a server held before and after.</summary>
internal static class PushRun
{
    public static PushUpdate Update(string name, GitObject? from, GitObject? to, PushRebase rebase = PushRebase.Default, bool force = false) => new()
    {
        Name = name,
        OldTarget = ByteString.CopyFrom((from?.Id ?? ObjectId.Null).AsSpan()),
        NewTarget = ByteString.CopyFrom((to?.Id ?? ObjectId.Null).AsSpan()),
        Rebase = rebase,
        Force = force,
    };

    public static Task<PushResponse> PushAsync(this TestServer server, IEnumerable<GitObject> objects, params PushUpdate[] updates) =>
        server.Client.PushAsync(TestServer.Repository, objects, updates);

    public static Task<PushResponse> PushAsync(this RpcChannel client, string repository, IEnumerable<GitObject> objects, params PushUpdate[] updates) =>
        client.SendAsync(
            new PushRequest { Head = new PushHead { Repository = repository, Updates = { updates } } },
            new PushRequest { Objects = new Formats.Protos.ObjectBatch { Objects = { objects.Select(o => o.Entry) } } });

    public static async Task<PushResponse> SendAsync(this RpcChannel client, params PushRequest[] messages)
    {
        using RpcClientStreamingCall<PushRequest, PushResponse> call = client.ClientStreaming(PushMethods.Push);
        return await call.SendAsync(messages);
    }

    public static PushOutcome[] Outcomes(this PushResponse response) => [.. response.Results.Select(r => r.Outcome)];

    /// <summary>Refs, the log's length, and which of the objects are stored.</summary>
    public static async Task<string> StateAsync(this TestServer server, IEnumerable<ObjectId> objects)
    {
        IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        RefSnapshot refs = await repository.Refs.ReadAsync(default);
        long length = await repository.History.GetLengthAsync(default);
        ObjectId[] ids = [.. objects];
        IReadOnlyList<bool> stored = await repository.Objects.ContainsAsync(ids, default);
        return $"{refs.Offset} {refs.DefaultBranch} {string.Join(' ', refs.Refs)} log {length} stored {string.Join(' ', ids.Where((_, i) => stored[i]))}";
    }

    public static async Task<ObjectId?> RefAsync(this TestServer server, string name)
    {
        IRepository repository = (await server.Engine.OpenAsync(RepositoryName.Parse(TestServer.Repository), default))!;
        return (await repository.Refs.FindAsync([RefName.Parse(name)], default)).Refs.Select(r => (ObjectId?)r.Target).FirstOrDefault();
    }
}
