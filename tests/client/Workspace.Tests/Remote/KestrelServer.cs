using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Monorepo.Blobs;
using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Formats.Protos;
using Monorepo.History;
using Monorepo.History.Blobs;
using Monorepo.History.Push;
using Monorepo.History.Push.Policy;
using Monorepo.History.RefLog;
using Monorepo.History.Requests;
using Monorepo.Rpc.Kestrel;
using Monorepo.Services;
using Monorepo.Storage;
using Monorepo.Storage.InMemory;
using Monorepo.Workspace.Remote;

namespace Monorepo.Workspace.Tests.Remote;

/// <summary>The server's own services over the in-memory engine, behind Kestrel on loopback, holding one repository of git's.</summary>
internal sealed class KestrelServer : IAsyncDisposable, IBlobSource, IBlobOffers
{
    private readonly InMemoryEngine _engine = new();
    private WebApplication _app = null!;

    public RepositoryUrl Url { get; private set; } = null!;

    /// <summary>What clients are offered besides gRPC.</summary>
    public BlobOffer Offer { get; } = new();

    public static async Task<KestrelServer> StartAsync(GitRepository git)
    {
        KestrelServer server = new();
        await server.FillAsync(git);
        RepositoryDirectory directory = new(server._engine);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.ListenRpc(new IPEndPoint(IPAddress.Loopback, 0)));
        builder.Services.AddRpc(options => options.SendMessageBytesMax = options.ReceiveMessageBytesMax = ServiceLimits.MessageBytesMax);
        server._app = builder.Build();
        server._app.MapRpcService(new HistoryService(directory, server, new RefSubscriptions(TimeProvider.System), NullLogger<HistoryService>.Instance));
        server._app.MapRpcService(new BlobService(directory, server, server, NullLogger<BlobService>.Instance));
        server._app.MapRpcService(new PushService(directory, new PushLimits(), static _ => PushPolicy.Open, NullLogger<PushService>.Instance));
        await server._app.StartAsync();
        string address = server._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        server.Url = RepositoryUrl.Parse(address + "/group/test");
        return server;
    }

    public BlobOffer For(string authority, bool forEdge) => Offer;

    public async ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        IRepository found = await _engine.OpenAsync(repository, cancellationToken)
            ?? throw new BlobTransportException(BlobTransportError.UnknownRepository, $"no repository '{repository}'");
        using Storage.ObjectBatch batch = await found.Objects.GetAsync(ids, cancellationToken);
        BlobEntry[] entries = new BlobEntry[ids.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = batch.IsPresent(i) ? BlobEntry.Found(batch[i].ToArray()) : BlobEntry.Missing;
        }

        return new BlobBatch(entries, null);
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource now = new();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        await _engine.DisposeAsync();
    }

    private async Task FillAsync(GitRepository git)
    {
        IRepository repository = await _engine.CreateAsync(RepositoryName.Parse("group/test"), CancellationToken.None);
        List<(ObjectId Id, ObjectKind Kind, byte[] Body)> all = git.ReadAll();
        await repository.Objects.PutAsync([.. all.Select(o => new NewObject(o.Id, ObjectEnvelope.Seal(o.Kind, o.Body)))], CancellationToken.None);
        await repository.History.AppendAsync(0, [.. all.Where(o => o.Kind == ObjectKind.Commit).Select(o => new LogEntry(o.Id, o.Body))], CancellationToken.None);
        List<Storage.RefChange> refs = [];
        foreach (string line in git.Lines("for-each-ref", "--format=%(objectname) %(refname)"))
        {
            string[] parts = line.Split(' ');
            ObjectId peeled = ObjectId.Parse(git.Line("rev-parse", parts[1] + "^{}"));
            ObjectId target = ObjectId.Parse(parts[0]);
            refs.Add(new Storage.RefChange(RefName.Parse(parts[1]), null, target, peeled == target ? null : peeled));
        }

        await repository.Refs.UpdateAsync(refs, RefName.Parse(git.Line("symbolic-ref", "HEAD")), CancellationToken.None);
    }
}
