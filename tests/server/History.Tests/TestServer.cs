using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Protos;
using Monorepo.History.Blobs;
using Monorepo.History.Ingest;
using Monorepo.History.Push;
using Monorepo.History.Push.Policy;
using Monorepo.History.RefLog;
using Monorepo.History.Requests;
using Monorepo.Rpc;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;
using ObjectBatch = Monorepo.Formats.Protos.ObjectBatch;

namespace Monorepo.History.Tests;

/// <summary>The services over an engine, behind a real Kestrel on loopback, with a client.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Repository = "test";

    private readonly WebApplication _app;
    private readonly PushService _push;

    private TestServer(WebApplication app, PushService push, RefSubscriptions subscriptions, IStorageEngine engine, RpcChannel client)
    {
        _app = app;
        _push = push;
        Subscriptions = subscriptions;
        Engine = engine;
        Client = client;
    }

    public IStorageEngine Engine { get; }

    public RpcChannel Client { get; }

    public RefSubscriptions Subscriptions { get; }

    public static async Task<TestServer> StartAsync(IStorageEngine? engine = null, IBlobSource? blobs = null, IBlobOffers? offers = null, PushLimits? limits = null, PushPolicy? policy = null, TimeProvider? time = null)
    {
        engine ??= new InMemoryEngine();
        offers ??= new NoBlobOffers();
        RepositoryDirectory directory = new(engine);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.ListenRpc(new IPEndPoint(IPAddress.Loopback, 0)));
        builder.Services.AddRpc(options => options.SendMessageBytesMax = options.ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax);
        WebApplication app = builder.Build();
        RefSubscriptions subscriptions = new(time ?? TimeProvider.System);
        app.MapRpcService(new HistoryService(directory, offers, subscriptions, NullLogger<HistoryService>.Instance));
        app.MapRpcService(new BlobService(directory, blobs ?? new EngineBlobSource(engine), offers, NullLogger<BlobService>.Instance));
        app.MapRpcService(new AdminService(directory, NullLogger<AdminService>.Instance));
        PushService push = new(directory, limits ?? new PushLimits(), _ => policy ?? PushPolicy.Open, NullLogger<PushService>.Instance);
        app.MapRpcService(push);
        await app.StartAsync();
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        RpcChannelOptions options = new() { SendMessageBytesMax = ServiceLimits.MessageBytesMax, ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax };
        return new TestServer(app, push, subscriptions, engine, new RpcChannel(new Uri(address), options));
    }

    public Task<OpenRepositoryResponse> CreateAsync() =>
        Client.UnaryAsync(AdminMethods.OpenRepository, new OpenRepositoryRequest { Repository = Repository, Create = true });

    public async Task<IngestResponse> IngestAsync(params IngestRequest[] requests)
    {
        using RpcClientStreamingCall<IngestRequest, IngestResponse> call = Client.ClientStreaming(AdminMethods.Ingest);
        return await call.SendAsync(requests);
    }

    /// <summary>Creates the repository and writes all objects, the commits among them to the log in the order given, and refs.</summary>
    public async Task<IngestResponse> FillAsync(IEnumerable<GitObject> objects, params (string Name, GitObject Target)[] refs)
    {
        await CreateAsync();
        return await IngestAsync(Fill(objects, refs));
    }

    public static IngestRequest Fill(IEnumerable<GitObject> objects, params (string Name, GitObject Target)[] refs)
    {
        IngestRequest request = new() { Repository = Repository };
        foreach (GitObject item in objects)
        {
            request.Objects.Add(item.Entry);
            if (item.Kind == ObjectKind.Commit)
            {
                request.Commits.Add(item.RawId);
            }
        }

        request.RefChanges.AddRange(refs.Select(r => Change(r.Name, null, r.Target)));
        return request;
    }

    public static Formats.Protos.RefChange Change(string name, GitObject? from, GitObject? to) => new()
    {
        Name = name,
        OldTarget = Google.Protobuf.ByteString.CopyFrom((from?.Id ?? ObjectId.Null).AsSpan()),
        NewTarget = Google.Protobuf.ByteString.CopyFrom((to?.Id ?? ObjectId.Null).AsSpan()),
    };

    public Task<List<ReadHistoryResponse>> ReadHistoryAsync(ulong epoch = 0, ulong position = 0) =>
        ReadHistoryAsync(new ReadHistoryRequest { Epoch = epoch, Position = position });

    public async Task<List<ReadHistoryResponse>> ReadHistoryAsync(ReadHistoryRequest request)
    {
        request.Repository = Repository;
        List<ReadHistoryResponse> parts = [];
        using RpcServerStreamingCall<ReadHistoryResponse> call = Client.ServerStreaming(HistoryMethods.ReadHistory, request);
        await foreach (ReadHistoryResponse part in call.ResponseStream)
        {
            parts.Add(part);
        }

        return parts;
    }

    public async Task<List<ObjectEntry>> GetTreesAsync(GetTreesRequest request)
    {
        request.Repository = Repository;
        using RpcServerStreamingCall<ObjectBatch> call = Client.ServerStreaming(HistoryMethods.GetTrees, request);
        return await ReadAllAsync(call.ResponseStream);
    }

    public static async Task<List<ObjectEntry>> ReadAllAsync(IRpcStreamReader<ObjectBatch> batches)
    {
        List<ObjectEntry> entries = [];
        await foreach (ObjectBatch batch in batches)
        {
            entries.AddRange(batch.Objects);
        }

        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _push.Dispose();
        Subscriptions.Dispose();
        await Engine.DisposeAsync();
    }
}

/// <summary>Contents straight from the engine.</summary>
internal sealed class EngineBlobSource(IStorageEngine engine) : IBlobSource
{
    public async ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        IRepository? found = await engine.OpenAsync(repository, cancellationToken);
        if (found is null)
        {
            throw new BlobTransportException(BlobTransportError.UnknownRepository, $"no repository '{repository}'");
        }

        using Storage.ObjectBatch batch = await found.Objects.GetAsync(ids, cancellationToken);
        BlobEntry[] entries = new BlobEntry[ids.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = batch.IsPresent(i) ? BlobEntry.Found(batch[i].ToArray()) : BlobEntry.Missing;
        }

        return new BlobBatch(entries, null);
    }
}
