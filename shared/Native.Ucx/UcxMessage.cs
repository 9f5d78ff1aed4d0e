namespace Monorepo.Native.Ucx;

/// <summary>A message as it arrives, during <see cref="IUcxEvents.OnMessage"/> only.</summary>
public readonly unsafe ref struct UcxMessage
{
    private readonly UcxWorker _worker;
    private readonly void* _data;
    private readonly nuint _dataBytes;

    internal UcxMessage(UcxWorker worker, ReadOnlySpan<byte> header, void* data, nuint dataBytes, UcpAmRecvParam* parameters)
    {
        _worker = worker;
        Header = header;
        _data = data;
        _dataBytes = dataBytes;
        IsRendezvous = (parameters->Attributes & UcpAmRecvParam.FlagRendezvous) != 0;
        ReplyEndpoint = new UcxEndpoint((parameters->Attributes & UcpAmRecvParam.FieldReplyEndpoint) != 0 ? parameters->ReplyEndpoint : 0);
    }

    public ReadOnlySpan<byte> Header { get; }

    /// <summary>None unless the sender asked for a reply endpoint.</summary>
    public UcxEndpoint ReplyEndpoint { get; }

    /// <summary>
    /// True when the body has not been moved yet: fetch it with <see cref="Receive"/>, or return without doing so to drop it (the sender
    /// then sees its send complete). False when it is in <see cref="Body"/>.
    /// </summary>
    public bool IsRendezvous { get; }

    public ulong BodyBytes => _dataBytes;

    /// <exception cref="InvalidOperationException">The body comes by rendezvous.</exception>
    public ReadOnlySpan<byte> Body => IsRendezvous
        ? throw new InvalidOperationException("The body comes by rendezvous.")
        : new ReadOnlySpan<byte>(_data, checked((int)_dataBytes));

    /// <summary>Starts moving a rendezvous body into <paramref name="destination"/>, which must be exactly <see cref="BodyBytes"/> long.</summary>
    public void Receive(UcxSegment destination, UcxOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (!IsRendezvous || destination.LengthBytes != _dataBytes)
            throw new InvalidOperationException("Only a rendezvous body is received, into memory of its size.");
        _worker.StartReceive(_data, destination, operation);
    }
}
