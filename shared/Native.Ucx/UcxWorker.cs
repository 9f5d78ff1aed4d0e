using System.Net;
using System.Runtime.InteropServices;

namespace Monorepo.Native.Ucx;

/// <summary>
/// A UCX worker in single-thread mode: one thread creates it, calls every member and disposes it; only <see cref="Signal"/> may come from others.
/// That thread must keep progressing it while any endpoint connects, or UCX's own helper thread spins (measured: a full core).
/// </summary>
public sealed unsafe class UcxWorker : IDisposable
{
    /// <summary>Headers this small fit every transport; UCX does not check the length before 1.16.</summary>
    public const int HeaderBytesMax = 64;

    /// <summary>The one message id used; what a message is, its header says.</summary>
    private const uint MessageId = 1;

    /// <summary>
    /// Times to progress after a close before sleeping. UCX takes connections down step by step from a queue of its own that does not wake an armed worker:
    /// without this the peer heard of a close by a quiet server only when something else happened (observed with 1.13).
    /// </summary>
    private const int ProgressAfterClose = 16;

    private readonly Lock _signalGate = new();
    private readonly UcpWorkerHandle _handle;
    private readonly GCHandle _self;
    private readonly int _eventDescriptor;
    private readonly UcxRegion? _region;
    private UcpListenerHandle? _listener;
    private int _progressFirst;
    private bool _disposed;

    private UcxWorker(UcpWorkerHandle handle, IUcxEvents events, UcxRegion? region)
    {
        _handle = handle;
        _region = region;
        Events = events;
        _self = GCHandle.Alloc(this);
        Operations = new UcxOperationTable(GCHandle.ToIntPtr(_self));
        try
        {
            int descriptor;
            UcxException.ThrowIfFailed(NativeMethods.ucp_worker_get_efd(handle, &descriptor), "ucp_worker_get_efd");
            _eventDescriptor = descriptor;

            UcpWorkerAttr attributes = new() { FieldMask = UcpWorkerAttr.FieldMaxAmHeader };
            UcxException.ThrowIfFailed(NativeMethods.ucp_worker_query(handle, &attributes), "ucp_worker_query");
            if (attributes.MaxAmHeader < HeaderBytesMax)
                throw new UcxException("ucp_worker_query (max_am_header)", UcxStatus.Unsupported);

            UcpAmHandlerParam parameters = new()
            {
                FieldMask = UcpAmHandlerParam.FieldId | UcpAmHandlerParam.FieldFlags | UcpAmHandlerParam.FieldCallback | UcpAmHandlerParam.FieldArgument,
                Id = MessageId,
                Flags = UcpAmHandlerParam.FlagWholeMessage,
                Callback = &UcxCallbacks.OnMessage,
                Argument = (void*)GCHandle.ToIntPtr(_self),
            };
            UcxException.ThrowIfFailed(NativeMethods.ucp_worker_set_am_recv_handler(handle, &parameters), "ucp_worker_set_am_recv_handler");
        }
        catch
        {
            _self.Free();
            throw;
        }
    }

    internal IUcxEvents Events { get; }

    internal UcxOperationTable Operations { get; }

    /// <summary>Sends, receives and closes whose completion has not been reported yet. Zero before <see cref="Dispose"/>, or memory is still UCX's.</summary>
    public int OperationsPending => Operations.Pending;

    /// <param name="context">Kept alive by the worker.</param>
    /// <param name="events">Told of everything, on the calling thread while it progresses the worker.</param>
    /// <param name="region">
    /// Memory the network knows already: what is sent from it or received into it in one piece is not registered again. The worker does not own it.
    /// </param>
    /// <exception cref="UcxException">No resources.</exception>
    public static UcxWorker Create(UcxContext context, IUcxEvents events, UcxRegion? region = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(events);
        UcpWorkerParams parameters = new() { FieldMask = UcpWorkerParams.FieldThreadMode, ThreadMode = UcpWorkerParams.ThreadModeSingle };
        nint worker;
        UcxException.ThrowIfFailed(NativeMethods.ucp_worker_create(context.Handle, &parameters, &worker), "ucp_worker_create");
        UcpWorkerHandle handle = new(worker, context.Handle);
        try
        {
            return new UcxWorker(handle, events, region);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Moves communication on and calls <see cref="IUcxEvents"/> and completions. False: nothing was there to do.</summary>
    public bool Progress() => NativeMethods.ucp_worker_progress(_handle) != 0;

    /// <summary>Makes the next event wake <see cref="Wait"/>. False: there are events already, progress first.</summary>
    /// <exception cref="UcxException">The worker is broken.</exception>
    public bool TryArm()
    {
        if (_progressFirst > 0)
        {
            _progressFirst--;
            return false;
        }

        sbyte status = NativeMethods.ucp_worker_arm(_handle);
        if ((UcxStatus)status == UcxStatus.Busy)
            return false;
        UcxException.ThrowIfFailed(status, "ucp_worker_arm");
        return true;
    }

    /// <summary>After a successful <see cref="TryArm"/>: sleeps until an event, <see cref="Signal"/> or the timeout (-1: none).</summary>
    public void Wait(int timeoutMs)
    {
        PollFd descriptor = new() { FileDescriptor = _eventDescriptor, Events = PollFd.In };
        // EINTR and timeouts look like a wake-up without events, which every caller handles anyway.
        _ = NativeMethods.poll(&descriptor, 1, timeoutMs);
    }

    /// <summary>Wakes <see cref="Wait"/>, now or the next time it is entered. Any thread; nothing happens after <see cref="Dispose"/>.</summary>
    public void Signal()
    {
        lock (_signalGate)
        {
            if (!_disposed)
                _ = NativeMethods.ucp_worker_signal(_handle);
        }
    }

    /// <summary>Listens on <paramref name="address"/>; port 0 takes a free one. One listener per worker. Returns the address bound.</summary>
    /// <exception cref="UcxException">The address is taken or not ours.</exception>
    public IPEndPoint Listen(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (_listener is not null)
            throw new InvalidOperationException("The worker listens already.");
        SocketAddress socketAddress = address.Serialize();
        fixed (byte* bytes = socketAddress.Buffer.Span)
        {
            UcpListenerParams parameters = new()
            {
                FieldMask = UcpListenerParams.FieldSockAddr | UcpListenerParams.FieldConnectionHandler,
                SockAddr = new UcsSockAddr { Address = bytes, Length = (uint)socketAddress.Size },
                ConnectionHandler = &UcxCallbacks.OnConnectionRequest,
                ConnectionArgument = (void*)GCHandle.ToIntPtr(_self),
            };
            nint listener;
            UcxException.ThrowIfFailed(NativeMethods.ucp_listener_create(_handle, &parameters, &listener), "ucp_listener_create");
            _listener = new UcpListenerHandle(listener, _handle);
        }

        UcpListenerAttr attributes = new() { FieldMask = UcpListenerAttr.FieldSockAddr };
        UcxException.ThrowIfFailed(NativeMethods.ucp_listener_query(_listener, &attributes), "ucp_listener_query");
        SocketAddress bound = new(address.AddressFamily, socketAddress.Size);
        new ReadOnlySpan<byte>(attributes.SockAddr, socketAddress.Size).CopyTo(bound.Buffer.Span);
        return (IPEndPoint)address.Create(bound);
    }

    /// <summary>Stops accepting. Connections made go on.</summary>
    public void StopListening()
    {
        _listener?.Dispose();
        _listener = null;
    }

    public UcxEndpoint Accept(UcxConnectionRequest request)
    {
        UcpEpParams parameters = new() { FieldMask = UcpEpParams.FieldConnectionRequest, ConnectionRequest = request.Handle };
        return CreateEndpoint(ref parameters);
    }

    /// <summary>Refuses a client. Nothing happens when <see cref="StopListening"/> was called: the client is refused by that.</summary>
    public void Reject(UcxConnectionRequest request)
    {
        if (_listener is not null)
            _ = NativeMethods.ucp_listener_reject(_listener, request.Handle);
    }

    /// <summary>
    /// Begins to connect and returns at once; messages sent before the connection stands are queued. Failure, even "nobody listens there",
    /// comes as <see cref="IUcxEvents.OnEndpointFailed"/>.
    /// </summary>
    public UcxEndpoint Connect(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        SocketAddress socketAddress = address.Serialize();
        fixed (byte* bytes = socketAddress.Buffer.Span)
        {
            UcpEpParams parameters = new()
            {
                FieldMask = UcpEpParams.FieldFlags | UcpEpParams.FieldSockAddr,
                Flags = UcpEpParams.FlagClientServer,
                SockAddr = new UcsSockAddr { Address = bytes, Length = (uint)socketAddress.Size },
            };
            return CreateEndpoint(ref parameters);
        }
    }

    private UcxEndpoint CreateEndpoint(ref UcpEpParams parameters)
    {
        parameters.FieldMask |= UcpEpParams.FieldErrorMode | UcpEpParams.FieldErrorHandler;
        parameters.ErrorMode = UcpEpParams.ErrorModePeer;
        parameters.ErrorHandler = &UcxCallbacks.OnEndpointFailed;
        parameters.ErrorArgument = (void*)GCHandle.ToIntPtr(_self);
        nint endpoint;
        fixed (UcpEpParams* pointer = &parameters)
            UcxException.ThrowIfFailed(NativeMethods.ucp_ep_create(_handle, pointer, &endpoint), "ucp_ep_create");
        return new UcxEndpoint(endpoint);
    }

    /// <summary>
    /// Closes at once, without waiting for the peer. Sends still in flight complete with an error, during this call or later:
    /// their memory is the caller's only then. The endpoint must not be used again, not even to close it a second time.
    /// </summary>
    public void Close(UcxEndpoint endpoint)
    {
        _progressFirst = ProgressAfterClose;
        UcxOperationBlock* block = Operations.Begin(UcxNoOperation.Instance);
        UcpRequestParam parameters = new()
        {
            AttributeMask = UcpRequestParam.FieldFlags | UcpRequestParam.FieldCallback | UcpRequestParam.FieldUserData,
            Flags = UcpRequestParam.CloseFlagForce,
            Callback = (delegate* unmanaged[Cdecl]<nint, sbyte, void*, void>)&UcxCallbacks.OnSent,
            UserData = block,
        };
        Started(block, NativeMethods.ucp_ep_close_nbx(endpoint.Handle, &parameters));
    }

    /// <summary>
    /// Sends one message. The header is copied. The memory of <paramref name="segments"/> belongs to UCX until
    /// <paramref name="operation"/> completes, which happens exactly once, also when the send fails at once (then during this call).
    /// UCX queues without a limit: the caller bounds what is in flight.
    /// </summary>
    public void Send(UcxEndpoint endpoint, ReadOnlySpan<byte> header, ReadOnlySpan<UcxSegment> segments, UcxSendMode mode, UcxOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (header.Length > HeaderBytesMax)
            throw new ArgumentException($"A header has at most {HeaderBytesMax} bytes.", nameof(header));

        // 1.13 keeps the pointers to the header and the segment array, so both live in the operation's native block.
        UcxOperationBlock* block = Operations.Begin(operation);
        header.CopyTo(new Span<byte>(block->Header, header.Length));
        UcpRequestParam parameters = new()
        {
            AttributeMask = UcpRequestParam.FieldFlags | UcpRequestParam.FieldCallback | UcpRequestParam.FieldUserData | UcpRequestParam.FieldDatatype,
            Flags = (uint)mode,
            Callback = (delegate* unmanaged[Cdecl]<nint, sbyte, void*, void>)&UcxCallbacks.OnSent,
            UserData = block,
            Datatype = UcpRequestParam.DatatypeBytes,
        };
        void* buffer = null;
        nuint count = 0;
        if (segments.Length == 1)
        {
            buffer = segments[0].Address;
            count = segments[0].LengthBytes;
            AddRegion(ref parameters, segments[0]);
        }
        else if (segments.Length > 1)
        {
            block->TakeSegments(segments);
            buffer = block->Segments;
            count = (nuint)segments.Length;
            parameters.Datatype = UcpRequestParam.DatatypeIov;
        }

        Started(block, NativeMethods.ucp_am_send_nbx(endpoint.Handle, MessageId, block->Header, (nuint)header.Length, buffer, count, &parameters));
    }

    internal void StartReceive(void* descriptor, UcxSegment destination, UcxOperation operation)
    {
        UcxOperationBlock* block = Operations.Begin(operation);
        UcpRequestParam parameters = new()
        {
            AttributeMask = UcpRequestParam.FieldCallback | UcpRequestParam.FieldUserData | UcpRequestParam.FieldDatatype,
            Callback = (delegate* unmanaged[Cdecl]<nint, sbyte, nuint, void*, void>)&UcxCallbacks.OnReceived,
            UserData = block,
            Datatype = UcpRequestParam.DatatypeBytes,
        };
        AddRegion(ref parameters, destination);
        Started(block, NativeMethods.ucp_am_recv_data_nbx(_handle, descriptor, destination.Address, destination.LengthBytes, &parameters));
    }

    /// <summary>
    /// Takes the <c>ucs_status_ptr_t</c> a call returned: null is done and an error is failed, both without a callback; anything else is a
    /// request whose callback follows (or has run: then the block is in other hands, so it must not be touched).
    /// </summary>
    private void Started(UcxOperationBlock* block, nint statusPointer)
    {
        if (statusPointer == 0)
            Operations.Complete(block, UcxStatus.Ok);
        else if ((nuint)statusPointer >= unchecked((nuint)(nint)UcxOperationBlock.FirstErrorPointer))
            Operations.Complete(block, (UcxStatus)(sbyte)statusPointer);
    }

    /// <summary>In 1.13 for one contiguous piece only, which must lie wholly inside.</summary>
    private void AddRegion(ref UcpRequestParam parameters, UcxSegment segment)
    {
        if (_region is null || !_region.Holds(segment))
            return;
        parameters.AttributeMask |= UcpRequestParam.FieldMemoryHandle;
        parameters.MemoryHandle = _region.Handle;
    }

    /// <summary>
    /// Destroys the worker. Close every endpoint and progress until <see cref="OperationsPending"/> is zero first: what is pending then never completes.
    /// </summary>
    public void Dispose()
    {
        lock (_signalGate)
        {
            if (_disposed)
                return;
            _disposed = true;
        }

        StopListening();
        _handle.Dispose();
        Operations.Dispose();
        _self.Free();
    }
}
