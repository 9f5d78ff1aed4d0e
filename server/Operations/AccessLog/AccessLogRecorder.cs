using System.Buffers;
using Microsoft.Extensions.Logging;
using Monorepo.BlobPlane;
using Monorepo.Blobs;
using Monorepo.Blobs.Hot;
using Monorepo.Core;
using FileMode = System.IO.FileMode;

namespace Monorepo.Operations.AccessLog;

/// <summary>What the access log is doing.</summary>
/// <param name="Settings">Null: off.</param>
/// <param name="Files">How many there are.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="Recorded">Reads written since the server started.</param>
/// <param name="Dropped">Reads lost since the server started: the disk was slower than the readers, or refused.</param>
/// <param name="Problem">Why the disk refused last; null where it does not.</param>
public sealed record AccessLogState(AccessLogSettings? Settings, int Files, long Bytes, long Recorded, long Dropped, string? Problem);

/// <summary>
/// Records which objects were read, while it is on. Requests pay for appending to a buffer; one task writes. Nothing is synced: what a crash of
/// the machine takes is statistics. Thread-safe.
/// </summary>
public sealed partial class AccessLogRecorder : IBlobReadObserver, IAsyncDisposable
{
    /// <summary>How long a read may stay in memory.</summary>
    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(2);

    private readonly string? _folder;
    private readonly IReadOnlyList<string> _tiers;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly AccessLogFiles _files;
    private readonly AccessLogSwitch _switch;
    private readonly AccessBuffers _buffers = new();
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _writer;
    private readonly Task _flusher;
    private AccessLogSettings? _settings;
    private FileStream? _file;
    private long _recorded;
    private long _lost;
    private string? _problem;
    private int _disposed;

    /// <param name="folder">Made on first need. Where it says that the log was on, it is on again. Null: it stays off.</param>
    /// <param name="tiers">The names of the caches in the order they are asked, then the origin's, then the hot set's.</param>
    /// <param name="time">The records' clock.</param>
    /// <param name="logger">Told when the disk refuses, once until it takes again.</param>
    public AccessLogRecorder(string? folder, IReadOnlyList<string> tiers, TimeProvider time, ILogger<AccessLogRecorder> logger)
    {
        _folder = folder;
        _tiers = tiers;
        _time = time;
        _logger = logger;
        _files = new AccessLogFiles(folder ?? "");
        _switch = new AccessLogSwitch(folder ?? "");
        try
        {
            long cut = _files.CutTornTail();
            if (cut > 0)
                LogCut(cut);
            _settings = folder is null ? null : _switch.Read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fail(e);
        }

        _writer = Task.Run(WriteAllAsync);
        _flusher = Task.Run(FlushRegularlyAsync);
    }

    internal AccessLogFiles Files => _files;

    /// <summary>As in the settings; while it is off, as in the newest file.</summary>
    internal int KeysKept
    {
        get
        {
            if (Volatile.Read(ref _settings) is { } settings)
                return settings.KeysKept;
            using AccessLogFile? newest = _files.List() is [.., long number] ? AccessLogFile.TryOpen(_files.PathOf(number)) : null;
            return newest?.KeysKept ?? AccessLogSettings.AllKeys;
        }
    }

    public AccessLogState State
    {
        get
        {
            IReadOnlyList<long> numbers = _files.List();
            return new AccessLogState(
                Volatile.Read(ref _settings), numbers.Count, numbers.Sum(_files.SizeOf), Interlocked.Read(ref _recorded),
                _buffers.Dropped + Interlocked.Read(ref _lost), Volatile.Read(ref _problem));
        }
    }

    /// <summary>From now on reads are recorded, with these settings, until <see cref="TurnOffAsync"/>, over restarts too.</summary>
    /// <exception cref="IOException">The folder can't be made or written.</exception>
    public async Task TurnOnAsync(AccessLogSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.IsValid)
            throw new ArgumentException("Settings out of range.", nameof(settings));
        if (_folder is null)
            throw new IOException("there is no folder for it; start monorepod with --data DIR.");
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Directory.CreateDirectory(_folder);
            _switch.TurnOn(settings);
            CloseFile();
            Volatile.Write(ref _settings, settings);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Stops recording and keeps what is recorded.</summary>
    public async Task TurnOffAsync(CancellationToken cancellationToken)
    {
        await FlushAsync(cancellationToken);
        if (_folder is null)
            return;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            Volatile.Write(ref _settings, null);
            _switch.TurnOff();
            CloseFile();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Returns when every read answered before is in the files.</summary>
    public Task FlushAsync(CancellationToken cancellationToken) => _buffers.FlushAsync(cancellationToken);

    public void OnAnswered(
        RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<BlobEntry> entries, ReadOnlySpan<byte> tiers, TimeSpan elapsed)
    {
        if (Volatile.Read(ref _settings) is not { } settings)
            return;
        AccessRecord[] records = ArrayPool<AccessRecord>.Shared.Rent(ids.Length);
        int count = 0;
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        for (int i = 0; i < ids.Length; i++)
        {
            if (entries[i].Outcome != BlobOutcome.Deferred && AccessLogFormat.IsKept(ids[i], settings.KeysKept))
                records[count++] = new AccessRecord(now, repository, ids[i], _tiers[tiers[i]], (uint)entries[i].Envelope.Length);
        }

        _buffers.Add(records.AsSpan(0, count));
        ArrayPool<AccessRecord>.Shared.Return(records);
    }

    public void OnAnsweredHot(RepositoryName repository, ReadOnlySpan<ObjectId> ids, ReadOnlySpan<HotSlice> envelopes, TimeSpan elapsed)
    {
        if (Volatile.Read(ref _settings) is not { } settings)
            return;
        AccessRecord[] records = ArrayPool<AccessRecord>.Shared.Rent(ids.Length);
        int count = 0;
        long now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        for (int i = 0; i < ids.Length; i++)
        {
            if (envelopes[i].LengthBytes > 0 && AccessLogFormat.IsKept(ids[i], settings.KeysKept))
                records[count++] = new AccessRecord(now, repository, ids[i], _tiers[^1], (uint)envelopes[i].LengthBytes);
        }

        _buffers.Add(records.AsSpan(0, count));
        ArrayPool<AccessRecord>.Shared.Return(records);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;
        await FlushAsync(CancellationToken.None);
        await _stopping.CancelAsync();
        _buffers.Complete();
        await _writer;
        await _flusher;
        CloseFile();
        _stopping.Dispose();
        _writing.Dispose();
    }

    private async Task FlushRegularlyAsync()
    {
        using PeriodicTimer timer = new(FlushInterval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
                await FlushAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task WriteAllAsync()
    {
        await foreach (AccessBuffer buffer in _buffers.Full.ReadAllAsync())
        {
            if (buffer.Count > 0)
                await WriteAsync(buffer);
            buffer.Reached?.TrySetResult();
        }
    }

    private async Task WriteAsync(AccessBuffer buffer)
    {
        await _writing.WaitAsync();
        try
        {
            // Turned off since it was recorded.
            if (Volatile.Read(ref _settings) is not { } settings)
                return;
            FileStream file = _file ??= Begin(settings);
            file.Write(AccessLogFormat.Block(buffer.Records));
            Interlocked.Add(ref _recorded, buffer.Count);
            Volatile.Write(ref _problem, null);
            if (file.Position >= settings.FileBytes)
                CloseFile();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Interlocked.Add(ref _lost, buffer.Count);
            Fail(e);

            // A block that was cut ends what can be read of its file, so the next goes into a new one.
            CloseFile();
        }
        finally
        {
            _writing.Release();
        }
    }

    private FileStream Begin(AccessLogSettings settings)
    {
        _files.DeleteOldest(settings.BytesMax - settings.FileBytes);
        long number = _files.List() is [.., long newest] ? newest + 1 : 1;
        FileStream file = new(_files.PathOf(number), FileMode.CreateNew, FileAccess.Write, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            file.Write(AccessLogFormat.FileHeader(_time.GetUtcNow().ToUnixTimeMilliseconds(), settings.KeysKept));
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private void CloseFile()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Fail(Exception exception)
    {
        if (Interlocked.Exchange(ref _problem, exception.Message) is null)
            LogRefused(_folder!, exception);
    }

    [LoggerMessage(EventId = 5001, Level = LogLevel.Information, Message = "Cut {Bytes} bytes that were half written from the end of the access log")]
    private partial void LogCut(long bytes);

    [LoggerMessage(EventId = 5002, Level = LogLevel.Error, Message = "The access log in {Folder} can't be written; reads are served and not recorded")]
    private partial void LogRefused(string folder, Exception exception);
}
