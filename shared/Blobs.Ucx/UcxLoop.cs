using System.Collections.Concurrent;
using Monorepo.Blobs.Memory;
using Monorepo.Native.Posix;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx;

/// <summary>
/// One worker and the one thread that creates, progresses and disposes it. Everything in the derived classes runs on that thread unless it says
/// otherwise; other threads come in through <see cref="Post"/>.
/// </summary>
internal abstract class UcxLoop : IUcxEvents
{
    private const int ProgressRoundsMax = 256;
    private const int CommandsPerRoundMax = 256;

    // Closing waits this long for UCX to give every buffer back. What it still holds then is leaked, never freed under its hands.
    private const int CloseTimeoutMs = 2_000;

    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _afterEnd = new();
    private readonly UcxLoopPlace _place;
    private readonly AdaptiveSpin _spin;
    private readonly Thread _thread;
    private UcxWorker? _worker;
    private int _awake = 1;
    private volatile bool _hasEnded;

    protected UcxLoop(UcxLoopPlace place, BufferPool pool, int spinMaxUs)
    {
        _place = place;
        Pool = pool;
        _spin = new AdaptiveSpin(spinMaxUs);
        _thread = new Thread(Run) { Name = place.ThreadName, IsBackground = true };
    }

    /// <summary>Completes when the thread is gone and every native resource with it.</summary>
    internal Task Ended => _ended.Task;

    /// <summary>The thread's own.</summary>
    protected BufferPool Pool { get; }

    /// <summary>True after the end when UCX gave everything back, as it should.</summary>
    internal bool GaveEverythingBack { get; private set; }

    protected UcxWorker Worker => _worker ?? throw new InvalidOperationException("The loop is not open.");

    protected bool HasEnded => _hasEnded;

    /// <summary>Set, on the loop's thread, when nothing more is to be done.</summary>
    protected bool IsFinished { get; set; }

    /// <summary>True while an answer is awaited, so that waiting busily for a moment pays.</summary>
    protected abstract bool ExpectsWork { get; }

    /// <summary>Starts the thread; fails with what opening the worker failed with. Called once, by any thread.</summary>
    internal Task StartAsync()
    {
        _thread.Start();
        return _started.Task;
    }

    /// <summary>Runs <paramref name="command"/> on the loop's thread; after the loop ended, on the caller's, one at a time. Any thread.</summary>
    internal void Post(Action command)
    {
        _commands.Enqueue(command);
        if (_hasEnded)
            RunCommandsAfterEnd();
        else if (Interlocked.Exchange(ref _awake, 1) == 0)
            _worker?.Signal();
    }

    public abstract void OnMessage(in UcxMessage message);

    public abstract void OnConnectionRequest(UcxConnectionRequest request);

    public abstract void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status);

    /// <summary>The worker exists; nothing runs yet.</summary>
    protected virtual void OnOpened()
    {
    }

    /// <summary>Something was progressed: what became ready by it can be sent together. Outside every UCX callback.</summary>
    protected virtual void OnProgressed()
    {
    }

    /// <summary>Once a round, outside every UCX callback: deadlines, deferred closes. Returns the next deadline on the TickCount64 clock.</summary>
    protected abstract long OnRound(long nowMs);

    /// <summary>The last round is over: close every endpoint.</summary>
    protected abstract void OnClosing();

    /// <summary>The worker is gone.</summary>
    protected virtual void OnClosed()
    {
    }

    private void Run()
    {
        UcxContext? context = null;
        try
        {
            if (_place.Processor is { } processor)
                ThreadAffinity.TryPin(processor);
            context = _place.OpenContext();
            _worker = UcxWorker.Create(context, this, _place.Region);
            OnOpened();
        }
        catch (Exception e) when (e is UcxException or InvalidOperationException or IOException)
        {
            _worker?.Dispose();
            CloseContext(context);
            End();
            OnClosed();
            _started.SetException(e);
            _ended.SetResult();
            return;
        }

        _started.SetResult();
        while (!IsFinished)
            Round();

        OnClosing();
        long deadline = Environment.TickCount64 + CloseTimeoutMs;
        while (_worker.OperationsPending > 0 && Environment.TickCount64 < deadline)
        {
            if (!_worker.Progress() && _worker.TryArm())
                _worker.Wait(timeoutMs: 10);
        }

        GaveEverythingBack = _worker.OperationsPending == 0;
        End();
        _worker.Dispose();
        CloseContext(context);
        OnClosed();
        _ended.SetResult();
    }

    private void CloseContext(UcxContext? context)
    {
        if (_place.OwnsContext)
            context?.Dispose();
    }

    private void Round()
    {
        bool worked = false;
        for (int i = 0; i < ProgressRoundsMax && Worker.Progress(); i++)
        {
            OnProgressed();
            worked = true;
        }

        for (int i = 0; i < CommandsPerRoundMax && _commands.TryDequeue(out Action? command); i++)
        {
            command();
            worked = true;
        }

        long nowMs = Environment.TickCount64;
        long deadline = OnRound(nowMs);
        if (IsFinished)
            return;
        if (worked)
            _spin.Found();
        else if (!ExpectsWork || !_spin.ShouldSpin())
            Sleep(deadline);
    }

    private void Sleep(long deadlineMs)
    {
        // From here on posters signal; a command posted just before is seen by the check.
        Interlocked.Exchange(ref _awake, 0);
        if (_commands.IsEmpty && Worker.TryArm())
        {
            long waitMs = deadlineMs - Environment.TickCount64;
            Worker.Wait(deadlineMs == long.MaxValue ? -1 : (int)Math.Clamp(waitMs, 0, int.MaxValue));
        }

        Volatile.Write(ref _awake, 1);
    }

    private void End()
    {
        _hasEnded = true;
        RunCommandsAfterEnd();
    }

    private void RunCommandsAfterEnd()
    {
        lock (_afterEnd)
        {
            while (_commands.TryDequeue(out Action? command))
                command();
        }
    }
}

/// <summary>Where a loop lives.</summary>
/// <param name="ThreadName">For debuggers.</param>
/// <param name="OpenContext">Called on the loop's thread, once.</param>
/// <param name="OwnsContext">It is disposed with the loop.</param>
/// <param name="Region">Memory that the context's devices know.</param>
/// <param name="Processor">The thread stays on it. Null: it may move.</param>
internal sealed record UcxLoopPlace(string ThreadName, Func<UcxContext> OpenContext, bool OwnsContext, UcxRegion? Region = null, int? Processor = null);
