using Monorepo.Admin;
using Monorepo.Native.Posix;

NativeHeap.Limit();
return await AdminCommandLine.RunAsync(args, Console.Out, Console.Error);
