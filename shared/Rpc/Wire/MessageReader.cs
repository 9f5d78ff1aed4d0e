using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;

namespace Monorepo.Rpc.Wire;

/// <summary>
/// Reads the messages of one direction of a call from a pipe. One reader at a time. The pipe stays the caller's.
/// Holds no more of the pipe than the message it is waiting for.
/// </summary>
/// <param name="pipe">The body of a request or a response.</param>
/// <param name="parser">The generated parser of the message.</param>
/// <param name="messageBytesMax">Largest message accepted, compressed and decompressed.</param>
/// <param name="encoding">What the flag of a frame means, from <c>grpc-encoding</c>.</param>
public sealed class MessageReader<T>(PipeReader pipe, MessageParser<T> parser, int messageBytesMax, RpcCompression encoding)
    where T : class, IMessage<T>
{
    private T? _current;

    /// <summary>The last message read.</summary>
    public T Current => _current ?? throw new InvalidOperationException("no message has been read");

    /// <summary>True with a message in <see cref="Current"/>, false at the clean end of the body.</summary>
    /// <exception cref="RpcException">
    /// RESOURCE_EXHAUSTED for a message above the limit, INTERNAL for bytes that break the protocol.
    /// </exception>
    public async ValueTask<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await pipe.ReadAsync(cancellationToken);
            if (read.IsCanceled)
                throw new OperationCanceledException("the body was cancelled");

            ReadOnlySequence<byte> buffer = read.Buffer;
            SequencePosition examined = buffer.End;
            try
            {
                switch (MessageFrame.TryRead(ref buffer, messageBytesMax, out bool isCompressed, out ReadOnlySequence<byte> payload))
                {
                    case MessageFrameResult.Frame:
                        examined = buffer.Start;
                        _current = Parse(isCompressed, payload);
                        return true;
                    case MessageFrameResult.TooLarge:
                        throw TooLarge();
                    case MessageFrameResult.BadFlag:
                        throw new RpcException(RpcStatusCode.Internal, "a message starts with a compression flag that is neither 0 nor 1");
                    default:
                        break;
                }

                if (read.IsCompleted)
                {
                    return buffer.IsEmpty
                        ? false
                        : throw new RpcException(RpcStatusCode.Internal, "the body ends inside a message");
                }
            }
            finally
            {
                pipe.AdvanceTo(buffer.Start, examined);
            }
        }
    }

    private T Parse(bool isCompressed, in ReadOnlySequence<byte> payload)
    {
        try
        {
            if (!isCompressed)
                return parser.ParseFrom(payload);

            if (encoding != RpcCompression.Gzip)
                throw new RpcException(RpcStatusCode.Internal, "a message is marked compressed but grpc-encoding names no compression");

            return MessageEncoding.TryGzipDecompress(payload, messageBytesMax, out byte[] message) switch
            {
                DecompressResult.Done => parser.ParseFrom(message),
                DecompressResult.TooLarge => throw TooLarge(),
                _ => throw new RpcException(RpcStatusCode.Internal, "a compressed message is corrupt"),
            };
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RpcException(RpcStatusCode.Internal, "a message does not parse", innerException: e);
        }
    }

    private RpcException TooLarge()
        => new(RpcStatusCode.ResourceExhausted, $"a received message is larger than {messageBytesMax} bytes");
}
