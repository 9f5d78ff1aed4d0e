using Google.Protobuf;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.Rpc;
using Monorepo.Services;

namespace Monorepo.History.Tests.Objects;

public sealed class ObjectInfoTests
{
    [Fact]
    public async Task Kinds_and_sizes_come_in_the_order_asked()
    {
        await using TestServer server = await TestServer.StartAsync();
        GitObject blob = GitObject.Blob(new string('x', 1_000));
        GitObject tree = GitObject.Tree(("x", blob));
        await server.FillAsync([blob, tree]);
        ByteString absent = ByteString.CopyFrom(new byte[20]);
        GetObjectInfoResponse response = await server.Client.UnaryAsync(
            HistoryMethods.GetObjectInfo, new GetObjectInfoRequest { Repository = TestServer.Repository, Ids = { tree.RawId, absent, blob.RawId } });
        Assert.Equal(
            [((uint)ObjectKind.Tree, (ulong)tree.Body.Length), (0u, 0ul), ((uint)ObjectKind.Blob, 1_000ul)],
            response.Infos.Select(i => (i.Kind, i.Size)));
    }

    [Fact]
    public async Task More_ids_than_the_limit_are_refused()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.CreateAsync();
        GetObjectInfoRequest request = new() { Repository = TestServer.Repository };
        request.Ids.AddRange(Enumerable.Repeat(ByteString.CopyFrom(new byte[20]), ServiceLimits.IdsMax + 1));
        RpcException e = await Assert.ThrowsAsync<RpcException>(() => server.Client.UnaryAsync(HistoryMethods.GetObjectInfo, request));
        Assert.Equal(RpcStatusCode.InvalidArgument, e.StatusCode);
    }
}
