using System.Globalization;
using System.Text;
using Monorepo.Blobs.Ucx;
using Monorepo.Cli.Commands.WorkingCopies;
using Monorepo.Cli.Output;
using Monorepo.Core;
using Monorepo.Workspace.Clones;
using Monorepo.Workspace.Configuration;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Objects;
using Monorepo.Workspace.Offline;
using Monorepo.Workspace.Paths;
using Monorepo.Workspace.Remote;
using Monorepo.Workspace.Revisions;
using Monorepo.Workspace.Shallow;
using Monorepo.Workspace.Store;
using Monorepo.Workspace.WorkingCopies;

namespace Monorepo.Cli;

/// <summary>
/// What a command works with: the clone around the working directory, the object cache, the server, standard output.
/// Each is made when it is first asked for, so that a local question opens no connection. Disposed when the command ends.
/// </summary>
public sealed class CommandContext(Surroundings surroundings, FetchStats stats) : IAsyncDisposable
{
    private Clone? _clone;
    private ObjectCache? _cache;
    private ObjectCache? _kept;
    private RemoteRepository? _remote;
    private ObjectSource? _objects;
    private KeptPathHistories? _pathHistories;
    private WorkingCopy? _workingCopy;
    private FetchBudget? _budget;
    private Settings? _settings;
    private OutputStream? _output;

    public Surroundings Surroundings { get; } = surroundings;

    public FetchStats Stats { get; } = stats;

    /// <summary>What the command line allows to fetch; null: it does not say.</summary>
    public long? MaxFetchBytes { get; init; }

    public OutputStream Output => _output ??= new OutputStream(Surroundings.OpenOutput(), () => ColorChoice.IsOn(Settings, Surroundings.OutputIsTerminal && !Surroundings.TerminalIsDumb));

    public Clone Clone => _clone ??= Clone.Open(Surroundings.WorkingDirectory, Surroundings.Settings, Surroundings.Shared?.History);

    /// <summary>What is set, in a clone or outside of any.</summary>
    public Settings Settings => _clone?.Settings ?? (_settings ??= new Settings(Surroundings.Settings, Clone.Find(Surroundings.WorkingDirectory)?.Config));

    public ObjectCache Cache => _cache ??= new ObjectCache(
        CachePath,
        ObjectCacheOptions.For(Settings.SizeOf(ConfigKeys.CacheSize) ?? ObjectCacheOptions.DefaultBytesMax(CachePath)) with
        {
            OnWarning = WarnOfCache,
        });

    /// <summary>What is kept for working offline; null where nothing is.</summary>
    private ObjectCache? Kept => _kept ??= new OfflineStore(Clone.Paths).TryOpenObjects(WarnOfCache);

    /// <summary>Tells the user what a cache has to say.</summary>
    public static void WarnOfCache(CacheWarning warning) => Console.Error.WriteLine($"warning: {warning.Message}");

    public string CachePath => Path.Combine(Surroundings.CacheDirectory, "objects");

    /// <summary>Contents and trees, from the cache or in batches from the server.</summary>
    public ObjectSource Objects => _objects ??= new ObjectSource(Cache, Clone.History, Remote, local: Clone.Local, beside: Kept);

    public WorkingCopy WorkingCopy => _workingCopy ??= new WorkingCopy(Clone, Surroundings.GlobalIgnoreFile) { Ready = Surroundings.Watcher.StatusOf(Clone.Paths) };

    public RemoteRepository Remote => _remote ??= Connect(Clone.Url, Clone);

    /// <summary>Histories of paths: the server's, with what it told before kept in the clone.</summary>
    /// <exception cref="ShallowHistoryException">The clone is shallow: they are told by places in the whole history.</exception>
    public KeptPathHistories PathHistories => _pathHistories ??= Clone.History.IsShallow
        ? throw ShallowHistoryException.Unknown(Clone.History, "which commits changed a path")
        : new KeptPathHistories(Remote, Clone.Paths.PathHistories);

    /// <summary>Uses a clone that the command has just made. Its own settings say how to connect from now on.</summary>
    public void Use(Clone clone) => _clone = clone;

    /// <summary>Addresses of edges as a person wrote them; null where there are none.</summary>
    /// <exception cref="CommandException">One is no address.</exception>
    public static IReadOnlyList<Uri>? ParseEdges(string where, string? text) => text is null
        ? null
        : EdgeAddress.TryParseList(text) ?? throw new CommandException(ExitCode.Usage, $"{where} is '{text}', which is no list of addresses.", $"It takes {EdgeAddress.Form}, several with commas.");

    public RemoteRepository Connect(RepositoryUrl url, Clone? clone = null)
    {
        // The clone that a new one is made in has no say in it.
        Settings settings = clone?.Settings ?? new Settings(Surroundings.Settings, null);
        return new RemoteRepository(url, OptionsOf(settings, clone) with { Channel = Surroundings.Shared?.ChannelTo(url) }, Stats);
    }

    /// <summary>Where contents are asked for before the history server: as it is set, else as the server said with the last pull.</summary>
    public IEnumerable<Uri> EdgesOf(Clone clone) => Settings.ValueOf(ConfigKeys.Blobs) is { } blobs
        ? EdgeAddress.TryParseList(blobs) ?? []
        : EdgeAddress.Advertised(clone.ReadOffer());

    private RemoteOptions OptionsOf(Settings settings, Clone? clone) => new()
    {
        TransportFactory = Surroundings.ForceGrpc ? null : new UcxTransports(),
        KnownOffer = clone?.ReadOffer(),
        Budget = _budget ??= new FetchBudget(MaxFetchBytes ?? settings.SizeOf(ConfigKeys.MaxFetch)),
        Retries = CreateRetries(),
        Edges = settings.ValueOf(ConfigKeys.Blobs) is { } blobs ? EdgeAddress.TryParseList(blobs) : null,
        Health = new ServerHealth(Path.Combine(Surroundings.CacheDirectory, "servers-down"), TimeProvider.System),
    };

    /// <summary>A revision that names a commit.</summary>
    /// <exception cref="CommandException">It names none; the message says why and what it may have meant.</exception>
    public async ValueTask<ObjectId> ResolveCommitAsync(string revision, CancellationToken cancellationToken) =>
        Checked(await Clone.CreateResolver(Objects).ResolveCommitAsync(revision, cancellationToken)).Id;

    public async ValueTask<RevisionResult> ResolveAsync(string revision, CancellationToken cancellationToken) =>
        Checked(await Clone.CreateResolver(Objects).ResolveAsync(revision, cancellationToken));

    public async ValueTask<RevisionRange> ResolveRangeAsync(string revision, CancellationToken cancellationToken)
    {
        RevisionRange range = await Clone.CreateResolver(Objects).ResolveRangeAsync(revision, cancellationToken);
        return range.Failure is { } failure ? throw Explain(failure) : range;
    }

    /// <summary>The root tree of whatever a revision names: a commit, a tag of one, or a tree.</summary>
    public async ValueTask<ObjectId> ResolveTreeAsync(string revision, CancellationToken cancellationToken)
    {
        RevisionResult named = await ResolveAsync(revision, cancellationToken);
        return named.Kind == ObjectKind.Tree
            ? named.Id
            : Checked(await Clone.CreateResolver(Objects).ResolveAsync(revision + "^{tree}", cancellationToken)).Id;
    }

    /// <summary>Where a commit stands in the history.</summary>
    /// <exception cref="CommandException">It is not there.</exception>
    public CommitNode FindCommit(ObjectId id) => Clone.History.TryFind(id, out CommitNode node)
        ? node
        : throw (Clone.History.IsShallow
            ? ShallowHistoryException.Unknown(Clone.History, $"the commit {id}")
            : new CommandException(ExitCode.NotFound, $"The commit {id} is not in this clone's history.", "Run 'mr pull' to get what the server has."));

    public Commit ReadCommit(ObjectId id) => Clone.History.Read(FindCommit(id).Position);

    public Func<ObjectId, string> Abbreviation(int digits) => digits switch
    {
        ObjectId.HexSize => id => id.ToString(),
        0 => id => Clone.History.Abbreviate(id),
        _ => id => Clone.History.Contains(id) ? Clone.History.Abbreviate(id, digits) : id.Abbreviate(digits),
    };

    /// <summary>Finishes a checkout that was killed, so that the command sees one commit and not two.</summary>
    public async Task FinishCheckoutAsync(CancellationToken cancellationToken)
    {
        if (await WorkingCopy.FinishInterruptedAsync(Objects, null, cancellationToken) is not { } result)
        {
            return;
        }

        CheckoutCommand.ThrowIfRefused(result);
        await Console.Error.WriteLineAsync("note: finished a checkout that was interrupted.");
    }

    public async ValueTask DisposeAsync()
    {
        _output?.Dispose();
        _clone?.Dispose();
        _cache?.Dispose();
        _kept?.Dispose();
        if (_remote is not null)
        {
            await _remote.DisposeAsync();
        }
    }

    private RetryPolicy CreateRetries() => Surroundings.Retries is not { } text ? RetryPolicy.None
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int retries) && retries <= RetryPolicy.RetriesLimit
            ? new RetryPolicy(retries, TimeProvider.System, TellRetry)
            : throw new CommandException(ExitCode.Usage, $"MR_RETRIES is '{text}'.", $"It takes a number from 0 to {RetryPolicy.RetriesLimit}.");

    private static void TellRetry(Retry retry) =>
        Console.Error.WriteLine($"note: {retry.Error.Message} Asking again in {retry.Wait.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s ({retry.Number} of {retry.Max}).");

    private RevisionResult Checked(RevisionResult result) => result.IsResolved ? result : throw Explain(result);

    private CommandException Explain(RevisionResult failure)
    {
        StringBuilder hint = new();
        if (failure.Suggestions.Count > 0)
        {
            hint.Append("Did you mean ").AppendJoin(", ", failure.Suggestions).Append('?');
        }
        else if (failure.Candidates.Count > 0)
        {
            hint.Append("It may be ").AppendJoin(", ", failure.Candidates.Take(5)).Append(": give more digits.");
        }
        else if (failure.Error == RevisionError.Unknown)
        {
            hint.Append(Clone.History.IsShallow
                ? "This clone is shallow: 'mr checkout' takes branches, tags and whole commit ids from the server, 'mr pull --unshallow' brings everything."
                : "'mr pull' gets what is new on the server.");
        }

        return new CommandException(
            failure.Error == RevisionError.BadSyntax ? ExitCode.Usage : ExitCode.NotFound, failure.Message, hint.Length == 0 ? null : hint.ToString());
    }
}
