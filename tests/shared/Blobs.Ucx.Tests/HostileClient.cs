using System.Net;
using Monorepo.Blobs.Wire;
using Monorepo.Native.Ucx;

namespace Monorepo.Blobs.Ucx.Tests;

/// <summary>A peer that sends whatever bytes a test gives it, on a thread of the test. Tells when the server hung up.</summary>
internal sealed unsafe class HostileClient : IUcxEvents, IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly UcxContext _context;
    private readonly UcxWorker _worker;
    private readonly List<nint> _blocks = [];
    private UcxEndpoint _endpoint;

    internal HostileClient(IPEndPoint server)
    {
        _context = UcxContext.Create(UcxFabric.LoopbackTcp.ToUcxSettings(), 1);
        _worker = UcxWorker.Create(_context, this);
        _endpoint = _worker.Connect(server);
    }

    /// <summary>The server closed the connection.</summary>
    internal bool IsHungUp { get; private set; }

    /// <summary>Headers of what the server sent.</summary>
    internal List<MessageHeader> Received { get; } = [];

    internal static byte[] Header(MessageHeader header)
    {
        byte[] bytes = new byte[MessageHeader.Size];
        header.Write(bytes);
        return bytes;
    }

    /// <summary>The bytes stay until the end: UCX may hold them however the connection fares.</summary>
    internal void Send(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, UcxSendMode mode = UcxSendMode.Auto)
    {
        byte* block = (byte*)System.Runtime.InteropServices.NativeMemory.Alloc((nuint)Math.Max(1, body.Length));
        _blocks.Add((nint)block);
        body.CopyTo(new Span<byte>(block, body.Length));
        if (!IsHungUp)
            _worker.Send(_endpoint, header, [new UcxSegment(block, (nuint)body.Length)], mode | UcxSendMode.WithReplyEndpoint, UcxOperation.None);
    }

    internal void SayHello()
    {
        Send(Header(new MessageHeader(MessageType.Hello, WireStatus.Ok, 0, 0)), Hello.Write(UcxHarness.Token));
        ProgressUntil(() => Received.Count > 0 || IsHungUp);
    }

    internal void ProgressUntil(Func<bool> isEnough)
    {
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (!isEnough())
        {
            Assert.True(Environment.TickCount64 < deadline, "The server did nothing in time.");
            if (!_worker.Progress() && _worker.TryArm())
                _worker.Wait(timeoutMs: 20);
        }
    }

    public void OnMessage(in UcxMessage message)
    {
        if (MessageHeader.Read(message.Header, out MessageHeader header) == WireError.None)
            Received.Add(header);
    }

    public void OnConnectionRequest(UcxConnectionRequest request) => throw new InvalidOperationException();

    public void OnEndpointFailed(UcxEndpoint endpoint, UcxStatus status)
    {
        IsHungUp = true;
        _worker.Close(endpoint);
        _endpoint = default;
    }

    public void Dispose()
    {
        if (!IsHungUp)
            _worker.Close(_endpoint);
        long deadline = Environment.TickCount64 + (long)s_patience.TotalMilliseconds;
        while (_worker.OperationsPending > 0 && Environment.TickCount64 < deadline)
        {
            if (!_worker.Progress() && _worker.TryArm())
                _worker.Wait(timeoutMs: 20);
        }

        bool isFree = _worker.OperationsPending == 0;
        _worker.Dispose();
        _context.Dispose();
        foreach (nint block in isFree ? _blocks : [])
            System.Runtime.InteropServices.NativeMemory.Free((void*)block);
    }
}
