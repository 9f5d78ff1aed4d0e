using System.Buffers.Binary;

namespace Monorepo.Native.Posix;

/// <summary>
/// Lists a directory in the kernel's order with <c>getdents64</c>; "." and ".." are left out. The name span is valid until the next
/// <see cref="MoveNext"/>. One reader per descriptor (the position belongs to the descriptor); not thread-safe.
/// </summary>
public ref struct DirectoryReader
{
    /// <summary>A buffer of this size takes about a thousand names a system call.</summary>
    public const int BufferBytes = 32_768;

    private const int NameOffset = 19;
    private readonly FileDescriptor _directory;
    private readonly Span<byte> _buffer;
    private int _filled;
    private int _offset;

    /// <param name="directory">An open directory positioned at its start.</param>
    /// <param name="buffer">Scratch space, at least 512 bytes, owned by the caller while the reader is used.</param>
    public DirectoryReader(FileDescriptor directory, Span<byte> buffer)
    {
        if (buffer.Length < 512)
            throw new ArgumentException("At least 512 bytes.", nameof(buffer));
        _directory = directory;
        _buffer = buffer;
    }

    public ReadOnlySpan<byte> Name { get; private set; }

    public FileKind Kind { get; private set; }

    public unsafe bool MoveNext()
    {
        while (true)
        {
            if (_offset >= _filled)
            {
                fixed (byte* pointer = _buffer)
                {
                    nint count = NativeMethods.getdents64(_directory, pointer, (nuint)_buffer.Length);
                    if (count < 0)
                        PosixFile.LastErrno().ThrowIfFailed("getdents64");
                    _filled = (int)count;
                    _offset = 0;
                }

                if (_filled == 0)
                    return false;
            }

            ReadOnlySpan<byte> record = _buffer[_offset.._filled];
            int length = BinaryPrimitives.ReadUInt16LittleEndian(record[16..]);
            _offset += length;
            ReadOnlySpan<byte> name = record[NameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            if (name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
                continue;
            Name = name;
            Kind = record[18] switch
            {
                0 => FileKind.Unknown,
                4 => FileKind.Directory,
                8 => FileKind.Regular,
                10 => FileKind.SymbolicLink,
                _ => FileKind.Special,
            };
            return true;
        }
    }
}
