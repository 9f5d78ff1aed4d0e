using Microsoft.Extensions.Logging;
using Monorepo.Core;
using Monorepo.Storage;

namespace Monorepo.History.RefLog;

/// <summary>Drops from every repository's ref-update log what its retention no longer keeps, once when started and then every minute.</summary>
public sealed partial class RefLogTrimmer : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly IStorageEngine _engine;
    private readonly Func<RepositoryName, RefLogRetention> _retention;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    public RefLogTrimmer(IStorageEngine engine, Func<RepositoryName, RefLogRetention> retention, TimeProvider time, ILogger<RefLogTrimmer> logger)
    {
        _engine = engine;
        _retention = retention;
        _time = time;
        _logger = logger;
    }

    /// <summary>Call it once.</summary>
    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>Trims every log now.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        foreach (RepositoryName name in await _engine.ListAsync(cancellationToken))
        {
            RefLogRetention retention = _retention(name);
            if (retention is { UpdatesMax: null, AgeMax: null } || await _engine.OpenAsync(name, cancellationToken) is not { } repository)
            {
                continue;
            }

            long? keepFrom = retention.AgeMax is { } age ? (_time.GetUtcNow() - age).ToUnixTimeMilliseconds() : null;
            long dropped = await repository.Refs.TrimLogAsync(retention.UpdatesMax ?? long.MaxValue, keepFrom, cancellationToken);
            if (dropped > 0)
            {
                LogTrimmed(name.Value, dropped);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        using PeriodicTimer timer = new(Interval, _time);
        try
        {
            do
            {
                try
                {
                    await TrimAsync(_stopping.Token);
                }
                catch (StorageException e)
                {
                    LogFailed(e);
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    [LoggerMessage(EventId = 2301, Level = LogLevel.Information, Message = "Dropped {Updates} updates from the ref log of {Repository}, as its retention says")]
    private partial void LogTrimmed(string repository, long updates);

    [LoggerMessage(EventId = 2302, Level = LogLevel.Error, Message = "A ref log can't be trimmed; it grows until this is mended")]
    private partial void LogFailed(Exception exception);
}
