namespace Monorepo.Native.Ucx;

/// <summary>
/// What a worker tells its owner. All calls come on the worker's thread from inside <see cref="UcxWorker.Progress"/>. An exception that
/// escapes ends the process (it can't pass through C). Never call <see cref="UcxWorker.Progress"/> from here.
/// </summary>
public interface IUcxEvents
{
    /// <summary>A message arrived. Its spans are valid during the call only.</summary>
    void OnMessage(in UcxMessage message);

    /// <summary>A client wants to connect. Accept or reject it later, outside this call, exactly once.</summary>
    void OnConnectionRequest(UcxConnectionRequest request);

    /// <summary>
    /// The connection is gone: peer closed, died or could not be reached. The endpoint is still to be closed by the owner, with
    /// <see cref="UcxWorker.Close"/>, which may be called from here. Nothing else may be done with it.
    /// </summary>
    void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status);
}

/// <summary>A connection to a peer. Valid from the call that made it until <see cref="UcxWorker.Close"/>; a plain value, owned by nobody.</summary>
public readonly record struct UcxEndpoint
{
    internal UcxEndpoint(nint handle) => Handle = handle;

    internal nint Handle { get; }

    public bool IsNone => Handle == 0;
}

/// <summary>A client that waits to be accepted or rejected.</summary>
public readonly struct UcxConnectionRequest
{
    internal UcxConnectionRequest(nint handle) => Handle = handle;

    internal nint Handle { get; }
}

/// <summary>
/// One send or receive in flight. <see cref="OnCompleted"/> is called exactly once, on the worker's thread, possibly before the call that
/// started the operation returns. Until then the memory given to the operation belongs to UCX.
/// </summary>
public abstract class UcxOperation
{
    /// <summary>For operations nobody waits for.</summary>
    public static UcxOperation None => UcxNoOperation.Instance;

    /// <param name="status"><see cref="UcxStatus.Ok"/> or the failure.</param>
    public abstract void OnCompleted(UcxStatus status);
}

/// <summary>How a message is sent.</summary>
[Flags]
public enum UcxSendMode
{
    /// <summary>UCX picks eager or rendezvous by its threshold.</summary>
    Auto = 0,

    /// <summary>The receiver gets an endpoint to reply to. Set on requests.</summary>
    WithReplyEndpoint = 1,

    /// <summary>Never rendezvous. Right for a batch of several hundred KB in many pieces (measured twice as fast as rendezvous at 512 KB on tcp).</summary>
    Eager = 2,

    /// <summary>Always rendezvous.</summary>
    Rendezvous = 4,
}
