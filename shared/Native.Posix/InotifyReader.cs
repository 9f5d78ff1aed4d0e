using System.Buffers.Binary;

namespace Monorepo.Native.Posix;

/// <summary>Steps through what <see cref="Inotify.Read"/> filled in. The name is valid until the next step.</summary>
public ref struct InotifyReader(ReadOnlySpan<byte> events)
{
    // struct inotify_event: wd, mask, cookie, length of the name.
    private const int HeaderBytes = 16;

    private ReadOnlySpan<byte> _rest = events;

    public int Watch { get; private set; }

    public InotifyEvents Events { get; private set; }

    /// <summary>In the watched directory; empty: the event is about the directory itself.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <exception cref="PosixException">The kernel's answer is not what it documents.</exception>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < HeaderBytes || BinaryPrimitives.ReadUInt32LittleEndian(_rest[12..]) is var length && length > _rest.Length - HeaderBytes)
            throw new PosixException("read", Errno.Invalid, "inotify"u8);
        Watch = BinaryPrimitives.ReadInt32LittleEndian(_rest);
        Events = (InotifyEvents)BinaryPrimitives.ReadUInt32LittleEndian(_rest[4..]);
        ReadOnlySpan<byte> name = _rest.Slice(HeaderBytes, (int)length);
        int end = name.IndexOf((byte)0);
        Name = end < 0 ? name : name[..end];
        _rest = _rest[(HeaderBytes + (int)length)..];
        return true;
    }
}
